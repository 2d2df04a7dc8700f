/**
 * Who leads, told as soon as it is known here: a client whose leader is gone asks all members, and the first to know
 * answers.
 *
 *     nextLeader(aboveTerm, waitMs) → {id, uri, term}, or null when nobody led a higher term in time
 */
import type { Json } from '../../json.js'
import { ms, type Clock, type Ms } from '../../ports.js'
import { uriIn } from '../../raft/quorum.js'
import type { RaftView } from '../../raft/types.js'
import type { MemberMethod } from '../../roles.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import type { CallContext, ExposedMethod } from '../../rpc/exposed.js'
import { CALLS_WAITING_MAX, checkShare, WaitingCalls, type Budget } from '../guards/budget.js'
import { whole } from '../guards/json-readers.js'

export interface LeaderNewsOptions {
  readonly clock: Clock
  readonly view: () => Pick<RaftView, 'currentTerm' | 'leaderId' | 'configuration'>
}

interface Listener {
  readonly aboveTerm: number
  readonly deadline: Ms
  readonly bytes: number
  readonly budget: Budget
  readonly resolve: (value: Json) => void
}

/** The longest that one call waits, in milliseconds. */
const NEWS_WAIT_MS_MAX = 30_000
const SIGNATURE = 'nextLeader(aboveTerm, waitMs)'

export class LeaderNews {
  readonly #options: LeaderNewsOptions
  readonly #waiting: WaitingCalls<Listener>

  constructor(options: LeaderNewsOptions) {
    this.#options = options
    this.#waiting = new WaitingCalls(options.clock, ({ resolve }) => resolve(null))
  }

  get methods(): readonly [MemberMethod, ExposedMethod][] {
    const handler: ExposedMethod['handler'] = (params, context) => this.#next(params, context)
    return [['nextLeader', { kind: 'plain', parameters: ['aboveTerm', 'waitMs'], handler }]]
  }

  /** This member follows another leader from now on, leads itself, or knows none. */
  changed(): void {
    if (this.#waiting.budget.calls === 0 || this.#options.view().leaderId === undefined) return
    for (const listener of this.#waiting.drain()) {
      const leader = this.#leader(listener.aboveTerm)
      if (leader === undefined) this.#waiting.add(listener)
      else listener.resolve(leader)
    }
  }

  /** Nobody hears of it here any more. */
  end(): void {
    for (const { resolve } of this.#waiting.drain()) resolve(null)
  }

  #next([aboveTerm, waitMs]: readonly Json[], { bytes = 0, connection }: CallContext): Json | Promise<Json> {
    const above = whole(aboveTerm, `${SIGNATURE}: aboveTerm`)
    const wait = whole(waitMs, `${SIGNATURE}: waitMs`)
    if (wait > NEWS_WAIT_MS_MAX)
      throw new InvalidParamsError(`${SIGNATURE}: waitMs must be at most ${NEWS_WAIT_MS_MAX}`)
    const known = this.#leader(above)
    if (known !== undefined || wait === 0) return known ?? null
    const budget = this.#waiting.of(connection)
    checkShare('nextLeader', 'questions', this.#waiting.holders, budget, bytes, CALLS_WAITING_MAX)
    const deadline = ms(this.#options.clock.now() + wait)
    return new Promise((resolve) => this.#waiting.add({ aboveTerm: above, deadline, bytes, budget, resolve }))
  }

  #leader(aboveTerm: number): Json | undefined {
    const { currentTerm, leaderId, configuration } = this.#options.view()
    if (leaderId === undefined || currentTerm <= aboveTerm) return undefined
    return { id: leaderId, uri: uriIn(configuration, leaderId) ?? '', term: currentTerm }
  }
}
