/**
 * Calls that are made together and go to one place: each attempt sends what is left of them in one message, in the
 * order in which they were made, and what must be sent again goes again together. Each has an outcome of its own.
 */
import type { Clock, Ms } from '../../ports.js'
import { ms } from '../../ports.js'
import type { Call } from './call.js'
import type { CallAttempts } from './call-attempts.js'
import type { Connection } from '../channels/connection.js'
import { UnreachableError, type RollcallError } from '../errors.js'
import type { BatchToSend } from '../channels/gathering.js'
import type { Attempt, Failure } from './retry-loop.js'
import type { Destination } from './ways.js'

/** One of them, and to whom its outcome is told. */
export interface Member {
  readonly call: Call
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Calls of one message: as many as a daemon takes, and so long that it holds no more values than a message may. */
const MESSAGE_CALLS_MAX = 1_000
const MESSAGE_LENGTH_MAX = 240 * 1024

/** A failure of this attempt, and whose it is. */
interface Left {
  readonly member: Member
  readonly failure: Failure
}

export class AtOnePlace {
  readonly deadline: Ms
  readonly #clock: Clock
  readonly #attempts: CallAttempts
  readonly #isOneway: boolean
  #left: readonly Left[]
  #members: readonly Member[]

  constructor(clock: Clock, attempts: CallAttempts, members: readonly Member[], isOneway: boolean) {
    this.#clock = clock
    this.#attempts = attempts
    this.#members = members
    this.#isOneway = isOneway
    this.#left = []
    this.deadline = ms(Math.max(...members.map(({ call }) => call.deadline)))
  }

  /** Has no result until each call has its outcome. */
  async attempt(): Promise<Attempt<undefined>> {
    const before = new Map(this.#left.map(({ member, failure }) => [member, failure.error]))
    const left: Left[] = []
    for (const some of inMessages(this.#members)) {
      const again = left.find(({ failure }) => failure.next !== 'never')
      if (again === undefined) left.push(...(await this.#message(some, before)))
      else left.push(...some.map((member) => ({ member, failure: heldBack(again.failure) })))
    }
    this.#left = left.filter(({ member, failure }) => !this.#isOver(member, failure))
    this.#members = this.#left.map(({ member }) => member)
    const [first] = this.#left
    if (first === undefined) return { result: undefined }
    return { error: first.failure.error, next: this.#left.some(isLater) ? 'later' : 'now' }
  }

  /** No other attempt is made. */
  end(): void {
    for (const { member, failure } of this.#left) member.reject(member.call.verdict(failure.error))
    this.#left = []
  }

  #isOver({ call, reject }: Member, { error, next }: Failure): boolean {
    if (next !== 'never' && this.#clock.now() < call.deadline) return false
    reject(call.verdict(error))
    return true
  }

  /** What is left of them. */
  async #message(
    members: readonly Member[],
    before: ReadonlyMap<Member, RollcallError>,
  ): Promise<readonly Left[]> {
    const attempts = this.#attempts
    const found = await Promise.all(members.map((each) => attempts.ready(each.call, before.get(each))))
    const again = found.findIndex((to) => 'next' in to && to.next !== 'never')
    const batches = new Map<Connection, Behind>()
    const outcomes = members.map((member, at): Promise<Failure | undefined> => {
      const to = again >= 0 && at > again ? heldBack(found[again]) : found[at]
      if (to === undefined || !('connection' in to)) return Promise.resolve(to)
      const batch = batches.get(to.connection) ?? new Behind(this.#isOneway)
      batches.set(to.connection, batch)
      batch.put(member.call)
      return this.#sent(member, to, members.length > 1 || this.#isOneway ? batch : undefined)
    })
    const failures = await Promise.all(outcomes)
    return members.flatMap((member, at) => {
      const failure = failures[at]
      return failure === undefined ? [] : [{ member, failure }]
    })
  }

  async #sent(
    { call, resolve }: Member,
    to: Destination,
    batch: BatchToSend | undefined,
  ): Promise<Failure | undefined> {
    try {
      resolve(await this.#attempts.send(call, to, batch))
      return undefined
    } catch (thrown) {
      return this.#attempts.failedThere(call, to, thrown)
    }
  }
}

/** Tells each call of one message its place. */
class Behind implements BatchToSend {
  #last: Call | undefined

  constructor(readonly isOneway: boolean) {}

  /** A command has its place in the log when it has begun, and there all that follow it have theirs behind. */
  put(call: Call): void {
    const before = this.#last
    this.#last = call
    if (before === undefined) call.inOrder = undefined
    else call.inOrder = call.isCommand && before.isCommand ? 'begun' : 'ended'
  }
}

/** What follows one that is sent again would come before it. */
function heldBack(before: Failure | Destination | undefined): Failure {
  const why = before !== undefined && 'error' in before ? `: ${before.error.message}` : ''
  const error = new UnreachableError(`not sent yet, as one before it is to be sent again${why}`)
  return { error, next: 'later' }
}

function isLater({ failure }: Left): boolean {
  return failure.next === 'later'
}

function* inMessages(members: readonly Member[]): Generator<readonly Member[]> {
  let some: Member[] = []
  let length = 0
  for (const member of members) {
    length += member.call.params.length
    if (some.length === MESSAGE_CALLS_MAX || (length > MESSAGE_LENGTH_MAX && some.length > 0)) {
      yield some
      some = []
      length = member.call.params.length
    }
    some.push(member)
  }
  if (some.length > 0) yield some
}
