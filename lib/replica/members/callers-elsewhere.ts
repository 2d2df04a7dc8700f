/**
 * Callers who can't reach this member, the leader, and whose calls another member passes on: each counts here as what
 * it has shown there, with a share and a role of its own.
 */
import type { Json } from '../../json.js'
import type { PeerCertificate } from '../../ports.js'
import type { CallContext, ConnectionContext, JsonText } from '../../rpc/exposed.js'
import { outcomeToJson, readPassedOn, type OthersCalls, type ShownByCaller } from '../guards/passed-on.js'

/** Callers of one member that are remembered; one that is not has shown nothing less, and is met as a new one. */
const CALLERS_ELSEWHERE_MAX = 1_000

/** Whoever has called another member, as a connection of this one. The member's favour is not its own. */
class CallerElsewhere implements ConnectionContext {
  readonly kind = 'lines'
  readonly remote: string
  readonly bearer: string | undefined
  readonly peerCertificate: PeerCertificate | undefined

  constructor(
    { remote, bearer, certificate }: ShownByCaller,
    private readonly by: ConnectionContext,
  ) {
    this.remote = remote
    this.bearer = bearer
    this.peerCertificate = certificate
  }

  get isGone(): boolean {
    return this.by.isGone === true
  }
}

export class CallersElsewhere {
  /** By the connection of the member that passes on, and by all that they have shown. */
  readonly #known = new WeakMap<ConnectionContext, Map<string, ConnectionContext>>()

  constructor(private readonly calls: Pick<OthersCalls, 'run'>) {}

  /** @throws InvalidParamsError for what is no call */
  async run(json: Json | undefined, { connection, bytes = 0 }: CallContext): Promise<JsonText> {
    const call = readPassedOn(json)
    return outcomeToJson(await this.calls.run(call, this.#callerOf(call.shown, connection), bytes))
  }

  #callerOf(shown: ShownByCaller, by: ConnectionContext): ConnectionContext {
    const known = this.#known.get(by) ?? new Map<string, ConnectionContext>()
    this.#known.set(by, known)
    const key = JSON.stringify(shown)
    const caller = known.get(key) ?? new CallerElsewhere(shown, by)
    known.delete(key)
    const [oldest] = known.keys()
    if (known.size >= CALLERS_ELSEWHERE_MAX && oldest !== undefined) known.delete(oldest)
    known.set(key, caller)
    return caller
  }
}
