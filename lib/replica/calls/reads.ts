/** Queries that wait for their read index. All of one turn of the event loop share one read of the core. */
import type { Json } from '../../json.js'
import type { Clock, Ms } from '../../ports.js'
import type { EffectOf, Input, LogIndex, ReadContext, RefusalReason } from '../../raft/types.js'
import { readContext } from '../../raft/types.js'
import { NoQuorumError, OverloadedError } from '../../rpc/errors.js'
import type { CallContext } from '../../rpc/exposed.js'
import { CALLS_WAITING_MAX, checkShare, WaitingCalls } from '../guards/budget.js'
import type { Budget, Load } from '../guards/budget.js'
import type { Applied } from '../machine/applied.js'
import { Pace } from '../guards/pace.js'
import { withoutStack } from '../../without-stack.js'

interface Read {
  readonly name: string
  readonly deadline: Ms
  readonly bytes: number
  readonly budget: Budget
  readonly run: () => Json
  resolve(value: Json): void
  reject(error: unknown): void
}

export interface ReadsOptions {
  readonly clock: Clock
  readonly take: (input: Input) => void
  readonly applied: Pick<Applied, 'index' | 'hearers'>
  readonly notLeader: () => Error
  /** As in PendingOptions. */
  readonly noQuorum: () => string
}

export class Reads {
  #turn: Read[] = []
  #nextContext = 1
  readonly #asked = new Map<ReadContext, readonly Read[]>()
  /** Confirmed, in the order of their indices: they wait until this replica has applied that much. */
  #ready: { readonly index: LogIndex; readonly reads: readonly Read[] }[] = []
  /** All that they must have seen is applied: they run in this order, a line for each connection. */
  readonly #due = new Map<Budget, Read[]>()
  readonly #pace: Pace
  readonly #waiting: WaitingCalls<Read>

  constructor(private readonly options: ReadsOptions) {
    this.#pace = new Pace(options.clock)
    this.#waiting = new WaitingCalls(options.clock, (read) => {
      read.reject(
        withoutStack(
          () =>
            new NoQuorumError(
              `${read.name} was not run: no majority confirmed in time who leads, or this member lags too far behind`,
            ),
        ),
      )
    })
  }

  /**
   * Runs the query when everything acknowledged before this call has been applied here. `bytes`: what its parameters
   * keep in memory meanwhile, for `connection`.
   */
  submit(
    name: string,
    deadline: Ms,
    run: () => Json,
    { bytes = 0, connection }: Partial<Pick<CallContext, 'bytes' | 'connection'>> = {},
  ): Promise<Json> {
    return new Promise((resolve, reject) => {
      const budget = this.#waiting.of(connection)
      checkShare(name, 'queries', this.#waiting.holders, budget, bytes, CALLS_WAITING_MAX)
      if (this.#turn.length === 0) this.options.clock.soon(() => this.#askForTurn())
      const read = { name, deadline, bytes, budget, run, resolve, reject }
      this.#turn.push(read)
      this.#waiting.add(read)
    })
  }

  get load(): Load {
    return this.#waiting.budget.load
  }

  #askForTurn(): void {
    const context = readContext(this.#nextContext++)
    this.#asked.set(context, this.#turn)
    this.#turn = []
    // At a follower that means to ask the leader, also when it has led until just now.
    this.options.take({ type: 'read', context, anywhere: true })
  }

  ready({ context, index }: EffectOf<'readReady'>): void {
    this.#ready.push({ index, reads: this.#asked.get(context) ?? [] })
    this.#asked.delete(context)
    const { applied } = this.options
    applied.hearers.add(this.applied)
    this.applied(applied.index)
  }

  /** Everything up to `index` has been applied: runs what waited for that. */
  readonly applied = (index: LogIndex): void => {
    const due = this.#ready.filter((group) => group.index <= index)
    this.#ready = this.#ready.filter((group) => group.index > index)
    if (this.#ready.length === 0) this.options.applied.hearers.delete(this.applied)
    const reads = due.flatMap((group) => group.reads)
    if (this.#due.size > 0 || reads.length > this.#pace.size) this.#lineUp(reads)
    else for (const read of reads) this.#run(read)
  }

  /** They are more than can be run at once. */
  #lineUp(reads: readonly Read[]): void {
    const isRunning = this.#due.size > 0
    for (const read of reads) this.#line(read.budget).push(read)
    if (!isRunning) this.#runSome()
  }

  #line(of: Budget): Read[] {
    const line = this.#due.get(of) ?? []
    this.#due.set(of, line)
    return line
  }

  #runSome(): void {
    for (let left = this.#pace.size; left > 0; left--) {
      const read = this.#next()
      if (read === undefined) return
      this.#run(read)
    }
    if (this.#due.size > 0) this.#pace.soon(() => this.#runSome())
  }

  /** Of each connection one, and then of each another one. */
  #next(): Read | undefined {
    for (const [of, line] of this.#due) {
      const read = line.shift()
      this.#due.delete(of)
      if (line.length > 0) this.#due.set(of, line)
      if (read !== undefined) return read
    }
    return undefined
  }

  #run(read: Read): void {
    if (!this.#waiting.remove(read)) return
    try {
      read.resolve(read.run())
    } catch (error) {
      read.reject(error)
    }
  }

  refused({ context, reason }: EffectOf<'readRefused'>): void {
    const reads = this.#asked.get(context) ?? []
    this.#asked.delete(context)
    for (const read of reads) if (this.#waiting.remove(read)) read.reject(this.#refusal(reason, read.name))
  }

  #refusal(reason: RefusalReason, name: string): Error {
    switch (reason) {
      case 'notLeader':
        return this.options.notLeader()
      case 'noQuorum':
        return withoutStack(() => new NoQuorumError(`${name} was not run: ${this.options.noQuorum()}`))
      case 'overloaded':
        return withoutStack(
          () => new OverloadedError(`${name} was not run: too many queries wait; ask again later`),
        )
    }
  }

  /** The replica ends. */
  abandon(): void {
    for (const read of this.#waiting.drain()) read.reject(this.options.notLeader())
    this.#asked.clear()
    this.#ready = []
    this.#due.clear()
    this.options.applied.hearers.delete(this.applied)
  }
}
