/** Who calls, by what the caller shows: a token, or a certificate. */
import type { PeerCertificate, Secrets } from '../ports.js'
import type { Grant } from '../roles.js'
import type { CallMeta, ConnectionContext } from '../rpc/exposed.js'
import { grantOf, type AccessEntry, type AccessTable } from './access-table.js'
import type { Judge } from './judge.js'
import type { Tokens } from './tokens.js'

export interface CallersOptions {
  readonly secrets: Secrets
  /** Of whoever operates this process. Undefined: it has none, and nobody can show that he does. */
  readonly operatorToken?: string | undefined
  /** Of those who may do everything. Undefined: nobody is asked for one. */
  readonly tokens?: Tokens | undefined
  /** Who else may do what. Undefined: nobody is asked. */
  readonly access?: (() => AccessTable) | undefined
  /** Says who those are that neither knows. Undefined: nobody. */
  readonly judge?: Pick<Judge, 'ask' | 'grantOf'> | undefined
}

/** A connection, as far as it says who is there. */
export type Shown = Pick<ConnectionContext, 'peerCertificate' | 'bearer' | 'request' | 'isFavoured'> &
  Partial<Pick<ConnectionContext, 'kind'>> & { readonly remote: string }

/** One call over it. */
export interface Showing {
  readonly connection: Shown
  readonly meta: Pick<CallMeta, 'token'>
}

interface Holder {
  /** Of the token. */
  readonly digest: string
  readonly grant: Grant
}

/** What tokens and certificates stand for, until either list is another one. */
interface Known {
  readonly tokens: readonly string[] | undefined
  readonly access: AccessTable | undefined
  readonly holders: readonly Holder[]
}

/** What a connection has shown. */
interface Met {
  /** The token that it has introduced itself by, which counts for calls that bring none. */
  readonly own: string | undefined
  /** The last one that was looked up, and by what: most bring one with all their calls. */
  token: string | undefined
  by: Known | undefined
  grant: Grant | undefined
}

const MEMBER: Grant = { name: 'a member', role: 'member', may: ['*'] }
const WITH_TOKEN: Grant = { name: 'token', role: 'member', may: ['*'] }
const OPERATOR: Grant = { name: 'operator', role: 'operator', may: ['*'] }

export class Callers {
  readonly #options: CallersOptions
  readonly #met = new WeakMap<Shown, Met>()
  #known: Known | undefined

  constructor(options: CallersOptions) {
    this.#options = options
  }

  /** Nobody is asked who he is, but for what only operators may. */
  get isOpen(): boolean {
    return this.#options.tokens === undefined && this.#options.access === undefined
  }

  /** Another object when somebody else may be known, or do something else. */
  get asOf(): unknown {
    return this.#current()
  }

  /**
   * A message has come that does nothing but say who makes the calls that follow. It counts where it is the first one:
   * what a call brings is its own, as a connection may carry those of many. A WebSocket is one caller's.
   */
  introduced({ connection, meta }: Showing): void {
    if (!this.#met.has(connection)) this.#meet(connection, connection.bearer ?? meta.token)
  }

  /** The token by which this call counts. Undefined: there is none. */
  tokenOf({ connection, meta }: Showing): string | undefined {
    return meta.token ?? this.#metOn({ connection, meta }).own
  }

  /** To be awaited before {@link isKnown} of whoever has shown something with his connection. Never rejects. */
  judgingOf(connection: Shown): Promise<void> | undefined {
    const { bearer, peerCertificate } = connection
    const { judge } = this.#options
    if (judge === undefined || (bearer === undefined && peerCertificate === undefined)) return undefined
    if (this.#shownBy(connection, bearer, this.#current()) !== undefined) return undefined
    return judge.ask(connection, bearer)
  }

  /** To be awaited before {@link grantOf}, where there is something to wait for. Never rejects. */
  judging(call: Showing): Promise<void> | undefined {
    const { judge } = this.#options
    if (judge === undefined || this.#listed(call) !== undefined) return undefined
    const { connection } = call
    const token = this.tokenOf(call)
    // It has said hello.
    if (connection.isFavoured === true && token === undefined) return undefined
    return judge.ask(connection, token)
  }

  /** What this caller may do. Undefined: it shows nothing that is known here. */
  grantOf(call: Showing): Grant | undefined {
    const listed = this.#listed(call)
    if (listed !== undefined) return listed
    const { connection } = call
    const token = this.tokenOf(call)
    const judged = this.#options.judge?.grantOf(connection, token)
    if (judged !== undefined || token !== undefined) return judged
    // Where nothing is asked for, a hello shows nothing that nobody else has.
    return connection.isFavoured === true && !this.isOpen ? MEMBER : undefined
  }

  /** By the tokens and the table. */
  #listed(call: Showing): Grant | undefined {
    const met = this.#metOn(call)
    const token = call.meta.token ?? met.own
    const known = this.#current()
    if (met.by !== known || met.token !== token) {
      met.by = known
      met.token = token
      met.grant = this.#shownBy(call.connection, token, known)
    }
    return met.grant
  }

  /** Whether its certificate says that it is a member. */
  isMember(connection: Shown): boolean {
    if (this.#ownOf(connection) !== undefined) return false
    return ofCertificate(connection.peerCertificate, this.#current())?.role === 'member'
  }

  /** Whether whoever is there has shown who it is: with its connection, or by a call that was let in. It may yet do so. */
  isKnown(connection: Shown): boolean {
    if (connection.isFavoured === true) return true
    const known = this.#current()
    const met = this.#met.get(connection)
    if (met?.by === known && met.grant !== undefined) return true
    const own = this.#ownOf(connection)
    const judged = this.#options.judge?.grantOf(connection, met?.token ?? own)
    return (judged ?? this.#shownBy(connection, own, known)) !== undefined
  }

  #ownOf(connection: Shown): string | undefined {
    return this.#met.get(connection)?.own ?? connection.bearer
  }

  #metOn({ connection, meta }: Showing): Met {
    const first = connection.kind === 'websocket' ? meta.token : undefined
    return this.#met.get(connection) ?? this.#meet(connection, connection.bearer ?? first)
  }

  #meet(connection: Shown, own: string | undefined): Met {
    const met: Met = { own, token: undefined, by: undefined, grant: undefined }
    this.#met.set(connection, met)
    return met
  }

  /**
   * Whoever shows a token counts by that alone: a certificate may be a balancer's, which passes the token on, and who
   * shows one that is not known here is not whom he takes himself for.
   */
  #shownBy({ peerCertificate }: Shown, token: string | undefined, known: Known): Grant | undefined {
    return token === undefined ? ofCertificate(peerCertificate, known) : this.#ofToken(token, known)
  }

  /** All are compared, so that the time tells nothing of those before it. */
  #ofToken(token: string, { holders }: Known): Grant | undefined {
    const digest = this.#options.secrets.digest(token)
    const found = holders.filter((each) => this.#options.secrets.areSame(each.digest, digest))
    return found[0]?.grant
  }

  #current(): Known {
    const { operatorToken, secrets } = this.#options
    const [tokens, access] = [this.#options.tokens?.(), this.#options.access?.()]
    if (this.#known !== undefined && this.#known.tokens === tokens && this.#known.access === access)
      return this.#known
    const holder = (grant: Grant) => (token: string) => ({ digest: secrets.digest(token), grant })
    const holders = [
      ...(operatorToken === undefined ? [] : [holder(OPERATOR)(operatorToken)]),
      ...(tokens ?? []).map(holder(WITH_TOKEN)),
      ...(access?.callers ?? []).flatMap((each) =>
        each.tokenSha256 === undefined ? [] : [{ digest: each.tokenSha256, grant: grantOf(each) }],
      ),
    ]
    this.#known = { tokens, access, holders }
    return this.#known
  }
}

function ofCertificate(shown: PeerCertificate | undefined, { access }: Known): Grant | undefined {
  if (shown === undefined) return undefined
  const entry = access?.callers.find((each) => isOf(each, shown))
  return entry && grantOf(entry)
}

function isOf({ certificate }: AccessEntry, { commonName, names, fingerprint }: PeerCertificate): boolean {
  if (certificate === undefined || certificate === '') return false
  return certificate === commonName || names.includes(certificate) || certificate === fingerprint
}
