/**
 * The sessions that commands go in, at each cluster: where a command gets its identity from, and
 * what is called at the cluster to open, keep and close them.
 */
import type { Json } from '../../json.js'
import { ms } from '../../ports.js'
import type { Clock } from '../../ports.js'
import { Call, CALL_TIMEOUT_MS } from './call.js'
import type { Connection } from '../channels/connection.js'
import { errorOf, nobodyLeads, notSent } from './not-sent.js'
import { writtenParams } from '../messages/request.js'
import { Route, type Places } from './route.js'
import { SessionKeeper, type Ticket } from './session-keeper.js'
import type { Target } from './target.js'
import { objectIdOf } from '../uri.js'

export const SESSION_OBJECT = objectIdOf('session')

export interface CommandSessionsOptions {
  readonly clock: Clock
  readonly places: Places
  /** Makes a call with all its attempts. */
  readonly run: (call: Call) => Promise<unknown>
}

/** Where a cluster was called. */
interface Use {
  readonly target: Target
  readonly connection: Connection
}

export class CommandSessions {
  readonly #options: CommandSessionsOptions
  readonly #keeper: SessionKeeper
  /** By cluster. */
  readonly #lastUse = new Map<string, Use>()

  constructor(options: CommandSessionsOptions) {
    this.#options = options
    this.#keeper = new SessionKeeper({
      clock: options.clock,
      keepAlive: (cluster, session) => this.#keepAlive(cluster, session),
      close: (cluster, session) => this.#close(cluster, session),
    })
  }

  /** A ticket for a command that is sent now. Undefined: the session must be opened first, or waited for. */
  ready(cluster: string, target: Target, connection: Connection): Ticket | undefined {
    const ticket = this.#keeper.ready(cluster)
    if (ticket !== undefined) this.used(cluster, target, connection)
    return ticket
  }

  /**
   * Gives a command the identity that all its attempts share. `cluster`: of its object; null while that has none yet,
   * undefined when it is not replicated.
   */
  async identify(call: Call, cluster: string | null | undefined, connection: Connection): Promise<void> {
    if (cluster === null) throw nobodyLeads()
    if (call.ticket?.cluster === cluster) return
    call.leaveSession()
    if (cluster === undefined) return
    this.used(cluster, call.target, connection)
    call.take(await this.#keeper.ticket(cluster, () => opened(connection)))
  }

  /** A command of the cluster is sent there. */
  used(cluster: string, target: Target, connection: Connection): void {
    this.#lastUse.set(cluster, { target, connection })
  }

  /** The cluster does not know the ticket's session: no other command will use it. */
  expired(ticket: Ticket): void {
    this.#keeper.expired(ticket)
  }

  /** Closes all sessions. What says so goes over these connections, in this turn. */
  close(): ReadonlySet<Connection> {
    this.#keeper.close()
    return new Set([...this.#lastUse.values()].map(({ connection }) => connection))
  }

  async #keepAlive(cluster: string, session: string): Promise<void> {
    const target = this.#lastUse.get(cluster)?.target
    if (target === undefined) return
    const { clock, places, run } = this.#options
    const route = new Route(target, places, SESSION_OBJECT)
    const deadline = ms(clock.now() + CALL_TIMEOUT_MS)
    const method = 'keepAlive'
    const parts = { target, route, method, params: writtenParams(method, [session]), deadline }
    await run(new Call({ ...parts, isHarmless: true }))
  }

  /** Over the connection that was used last, if there still is one: the session ends by itself too. */
  #close(cluster: string, session: string): void {
    this.#lastUse.get(cluster)?.connection.notify(`${SESSION_OBJECT}.close`, [session])
  }
}

async function opened(connection: Connection): Promise<Json> {
  try {
    return await connection.call(`${SESSION_OBJECT}.open`, [])
  } catch (thrown) {
    const error = errorOf(thrown)
    throw notSent(error, 'no session could be opened, so the command was not sent')
  }
}
