/**
 * One call on its way to the leader. It is sent again only when the attempt before was surely not executed, and never
 * under a name of the balancer's own: what the client wrote beside its params (session, seq, consistency, …) goes
 * along.
 */
import type { Json } from '../lib/json.js'
import { ms, type Clock, type Ms, type Random } from '../lib/ports.js'
import { NoQuorumError, RollcallError } from '../lib/rpc/errors.js'
import type { CallContext, CallMeta } from '../lib/rpc/exposed.js'
import { RetryLoop, type Attempt, type Failure } from '../lib/rpc/calling/retry-loop.js'
import type { Admission } from './admission.js'
import type { Counts } from './counts.js'
import type { LeaderConnections } from './leader-connections.js'
import type { LeaderWatch, SeenLeader } from './leader-watch.js'

export interface ForwarderOptions {
  readonly cluster: string
  readonly watch: Pick<LeaderWatch, 'known' | 'refute' | 'members'>
  readonly leaderConnections: Pick<LeaderConnections, 'call'>
  readonly admission: Admission
  readonly counts: Counts
  readonly clock: Clock
  readonly random: Random
}

/** How long a call without a `timeoutMs` waits for a leader that takes it. */
const FIND_MS = 10_000
/** How long such a call may take once it has been sent: longer than any method waits on its own. */
const ANSWER_MS = 60_000
/** The leader's own word about a call whose time is over comes before this side gives up. */
const GRACE_MS = 100

interface Forwarded {
  readonly method: string
  readonly params: readonly Json[]
  readonly context: CallContext
  /** By then a leader must have taken it. */
  readonly deadline: Ms
  /** The leader that refused the last attempt. */
  refusedBy: SeenLeader['uri'] | undefined
}

export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #loop: RetryLoop<Forwarded, Json>

  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#loop = new RetryLoop(options, {
      attempt: (call, before) => this.#attempt(call, before),
      verdict: (call, last) => this.#verdict(call, last),
    })
  }

  /** Rejects with the leader's error as it came, or with one of the balancer that says that the call has not run. */
  async forward(method: string, params: readonly Json[], context: CallContext): Promise<Json> {
    const { admission, counts } = this.#options
    const leave = admission.enter(params)
    try {
      const result = await this.#send(method, params, context)
      counts.ended(context.connection.kind, undefined)
      return result
    } catch (error) {
      counts.ended(context.connection.kind, error)
      throw error
    } finally {
      leave()
    }
  }

  #send(method: string, params: readonly Json[], context: CallContext): Promise<Json> {
    const deadline = context.deadline ?? ms(this.#options.clock.now() + FIND_MS)
    return this.#loop.run({ method, params, context, deadline, refusedBy: undefined })
  }

  async #attempt(call: Forwarded, before: RollcallError | undefined): Promise<Attempt<Json>> {
    const { watch, leaderConnections, counts } = this.#options
    const { method, params, context } = call
    const leader = await watch.known(call.deadline)
    if (leader === undefined) return { error: this.#nobodyLeads(method, before), next: 'never' }
    const { refusedBy } = call
    call.refusedBy = undefined
    // Whoever has just refused and says again that it leads is about to learn better.
    if (before !== undefined && leader.uri === refusedBy) return { error: before, next: 'later' }
    try {
      const budget = this.#budget(context)
      return {
        result: await leaderConnections.call(context.connection, leader.address, method, params, budget),
      }
    } catch (error) {
      if (!maySendElsewhere(error)) throw error
      call.refusedBy = leader.uri
      watch.refute(leader)
      counts.sentAgain()
      return { error, next: 'now' }
    }
  }

  #verdict({ method }: Forwarded, { error, next }: Failure): RollcallError {
    return next === 'never' ? error : this.#nobodyLeads(method, error)
  }

  /** What is left of the caller's own budget. */
  #budget({ meta, deadline }: CallContext): { readonly meta?: CallMeta; readonly timeoutMs: number } {
    if (deadline === undefined) return { ...(hasMembers(meta) && { meta }), timeoutMs: ANSWER_MS }
    const timeoutMs = Math.max(0, deadline - this.#options.clock.now())
    return { meta: { ...meta, timeoutMs }, timeoutMs: timeoutMs + GRACE_MS }
  }

  /** Never NOT_LEADER or UNREACHABLE: those would send the client to the members, past the balancer. */
  #nobodyLeads(method: string, last: RollcallError | undefined): NoQuorumError {
    const { cluster, watch } = this.#options
    const asked = watch.members.join(', ')
    const why = last === undefined ? '' : ` (the last attempt: ${last.message})`
    const sentence = `${method} was not executed: no member of "${cluster}" leads and takes it now${why}; asked: ${asked}`
    return new NoQuorumError(sentence, { cause: last })
  }
}

/** The attempt was not executed, and another member, or the same a moment later, may take it. */
function maySendElsewhere(error: unknown): error is RollcallError {
  return error instanceof RollcallError && error.outcome === 'not-executed' && error.retry === 'elsewhere'
}

function hasMembers(meta: CallMeta): boolean {
  return Object.keys(meta).length > 0
}
