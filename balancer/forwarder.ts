/**
 * One call on its way to the leader. It is sent again only when the attempt before was surely not executed, and never
 * under a name of the balancer's own: what the client wrote beside its params (session, seq, consistency, …) goes along.
 */
import type { Json } from '../lib/json.js'
import { ms, type Clock, type Ms, type Random } from '../lib/ports.js'
import { Backoff } from '../lib/rpc/backoff.js'
import { NoQuorumError, NotLeaderError, UnreachableError } from '../lib/rpc/errors.js'
import type { CallContext, CallMeta } from '../lib/rpc/host.js'
import type { Admission } from './admission.js'
import type { Counts } from './counts.js'
import type { LeaderConnections } from './leader-connections.js'
import type { LeaderWatch } from './leader-watch.js'

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
const PAUSE_FIRST_MS = 20
const PAUSE_MAX_MS = 250

export class Forwarder {
  readonly #options: ForwarderOptions

  constructor(options: ForwarderOptions) {
    this.#options = options
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

  async #send(method: string, params: readonly Json[], context: CallContext): Promise<Json> {
    const { clock, random, watch, leaderConnections, counts } = this.#options
    const deadline = context.deadline ?? ms(clock.now() + FIND_MS)
    const backoff = new Backoff(random, PAUSE_FIRST_MS, PAUSE_MAX_MS)
    for (let last: Error | undefined, lastPlace = ''; ;) {
      const leader = await watch.known(deadline)
      if (leader === undefined) throw this.#nobodyLeads(method, last)
      // Whoever has just refused and says again that it leads is about to learn better.
      if (leader.uri === lastPlace && !(await this.#pause(backoff.next(), deadline)))
        throw this.#nobodyLeads(method, last)
      try {
        return await leaderConnections.call(
          context.connection,
          leader.address,
          method,
          params,
          this.#budget(context),
        )
      } catch (error) {
        if (!maySendElsewhere(error)) throw error
        last = error
        lastPlace = leader.uri
        watch.refute(leader)
        counts.sentAgain()
      }
    }
  }

  /** What is left of the caller's own budget. */
  #budget({ meta, deadline }: CallContext): { readonly meta?: CallMeta; readonly timeoutMs: number } {
    if (deadline === undefined) return { ...(hasMembers(meta) && { meta }), timeoutMs: ANSWER_MS }
    const timeoutMs = Math.max(0, deadline - this.#options.clock.now())
    return { meta: { ...meta, timeoutMs }, timeoutMs: timeoutMs + GRACE_MS }
  }

  /** False, at once: there is no time left for it. */
  async #pause(pause: Ms, deadline: Ms): Promise<boolean> {
    const { clock } = this.#options
    if (clock.now() + pause >= deadline) return false
    await new Promise<void>((resolve) => clock.after(pause, resolve))
    return true
  }

  /** Never NOT_LEADER or UNREACHABLE: those would send the client to the members, past the balancer. */
  #nobodyLeads(method: string, last: Error | undefined): NoQuorumError {
    const { cluster, watch } = this.#options
    const asked = watch.members.join(', ')
    const why = last === undefined ? '' : ` (the last attempt: ${last.message})`
    const sentence = `${method} was not executed: no member of "${cluster}" leads and takes it now${why}; asked: ${asked}`
    return new NoQuorumError(sentence, { cause: last })
  }
}

/** Errors that say that the attempt was not executed, and that another member, or the same a moment later, may take it. */
function maySendElsewhere(error: unknown): error is NotLeaderError | NoQuorumError | UnreachableError {
  return (
    error instanceof NotLeaderError || error instanceof NoQuorumError || error instanceof UnreachableError
  )
}

function hasMembers(meta: CallMeta): boolean {
  return Object.keys(meta).length > 0
}
