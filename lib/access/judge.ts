/**
 * Who else calls, by the user's own judgement: asked where neither a token nor a row of the table makes a caller known.
 */
import { ms, type Clock, type Logger, type Ms, type PeerCertificate } from '../ports.js'
import { promised } from '../promised.js'
import type { Grant, Role } from '../roles.js'
import { afterInput } from '../rpc/deadlines.js'
import { InvalidParamsError } from '../rpc/errors.js'
import type { ConnectionContext } from '../rpc/exposed.js'
import { readAccessTable, readRights } from './access-table.js'
import type { AccessOptions } from './sources.js'

/** What a member knows about a caller, to judge it by. */
export interface ShownCaller {
  /** The token of its call, or else of its connection. Undefined: there is none. */
  readonly token: string | undefined
  readonly connection: {
    /** The other end, for logs: `127.0.0.1:53112`. */
    readonly remote: string
    /** Its certificate, if certificates are demanded. */
    readonly peerCertificate: PeerCertificate | undefined
  }
}

/** A known caller, as a row of the access table would describe it. */
export interface CallerRights {
  /** What the log and errors call it: 1 to 100 characters. */
  readonly name: string
  readonly role: Role
  /** As in {@link AccessEntry}. Demanded of a user. */
  readonly may?: readonly string[] | undefined
}

type KnownOrNot = CallerRights | undefined | null | false

/** Returns who the caller is; undefined, null or false if it is unknown. */
export type AuthenticateCaller = (caller: ShownCaller) => KnownOrNot | PromiseLike<KnownOrNot>

export interface JudgedCallers extends AccessOptions {
  /**
   * Identifies callers that neither `token` nor `access` knows. One of these two is required as well, because members
   * use them to identify each other. A token that it has accepted on a connection is judged again once a minute; any
   * other with each call, and over HTTP with each request, so make sure that it can bear strangers who call without
   * end, by remembering what it refused, or by a limit. Calls wait for its promise, for at most 10 seconds; if it
   * throws, rejects or takes longer, the caller is unknown. It must be the same on all members, because the leader
   * judges the calls that others pass on. Default: nobody else is known.
   */
  readonly authenticate?: AuthenticateCaller | undefined
}

/** @throws InvalidParamsError where members could not show who they are; `what`: whose options they are */
export function demandMembersKnown(what: string, { authenticate, token, access }: JudgedCallers): void {
  if (authenticate === undefined || token !== undefined || mayKnowMembers(access)) return
  throw new InvalidParamsError(
    `${what}: authenticate judges those who call; members show each other by a token who they are: give token, too, or access ` +
      'with their certificates',
  )
}

/** A function may know some later. */
function mayKnowMembers(access: JudgedCallers['access']): boolean {
  if (access === undefined || typeof access === 'function') return access !== undefined
  return readAccessTable(access).callers.some(
    ({ role, certificate }) => role === 'member' && certificate !== undefined,
  )
}

export interface JudgeOptions {
  readonly authenticate: AuthenticateCaller
  readonly clock: Clock
  /** Hears that the hook has failed. */
  readonly logger: Logger
}

interface Judged {
  /** Undefined: it is not known, or not yet. */
  grant: Grant | undefined
  judging: Promise<void> | undefined
  at: Ms
}

type Connection = Pick<ConnectionContext, 'remote' | 'peerCertificate' | 'request'>

/** So long an answer counts, in milliseconds: whoever was let in may have been shut out since. */
const COUNTS_MS = 60_000
/** Of a balancer's connection, which many share. Of the others it is asked anew. */
const JUDGED_TOKENS_MAX = 1_000
/** Who is still judged then is not known. Milliseconds. */
const JUDGING_MS_MAX = 10_000
const FAILURES_TOLD_EVERY_MS = 60_000

export class Judge {
  readonly #options: JudgeOptions
  readonly #judged = new WeakMap<object, Map<string | undefined, Judged>>()
  #toldAt: Ms | undefined

  constructor(options: JudgeOptions) {
    this.#options = options
  }

  /** What it has said last of whoever shows that token over that connection. Undefined: that it does not know him. */
  grantOf(connection: Pick<Connection, 'request'>, token: string | undefined): Grant | undefined {
    return this.#judged.get(connection.request ?? connection)?.get(token)?.grant
  }

  /** Asks, if it is time to. Undefined: it has said what it has to say. Never rejects. */
  ask(connection: Connection, token: string | undefined): Promise<void> | undefined {
    const { authenticate, clock } = this.#options
    const judged = this.#judgedOf(connection, token)
    if (judged.judging !== undefined) return judged.judging
    const now = clock.now()
    if (judged.grant !== undefined && now - judged.at < COUNTS_MS) return undefined
    judged.at = now
    try {
      const said = promised(authenticate({ token, connection: shownOf(connection) }))
      if (said instanceof Promise) return (judged.judging = this.#awaited(judged, said))
      judged.grant = grantIn(said)
    } catch (error) {
      judged.grant = undefined
      this.#failed(error)
    }
    return undefined
  }

  async #awaited(judged: Judged, said: Promise<KnownOrNot>): Promise<void> {
    try {
      judged.grant = grantIn(await this.#inTime(said))
    } catch (error) {
      judged.grant = undefined
      this.#failed(error)
    }
    judged.judging = undefined
  }

  /** Whoever waits would do so for good, and everybody after him. */
  #inTime(said: Promise<KnownOrNot>): Promise<KnownOrNot> {
    return new Promise((resolve, reject) => {
      const late = (): void =>
        reject(new Error(`it has not answered within ${JUDGING_MS_MAX / 1000} seconds`))
      const timer = afterInput(this.#options.clock, ms(JUDGING_MS_MAX), late)
      void said.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  #judgedOf(connection: Connection, token: string | undefined): Judged {
    const shown = connection.request ?? connection
    const all = this.#judged.get(shown) ?? new Map<string | undefined, Judged>()
    this.#judged.set(shown, all)
    const known = all.get(token) ?? { grant: undefined, judging: undefined, at: this.#options.clock.now() }
    all.delete(token)
    makeRoom(all)
    all.set(token, known)
    return known
  }

  /** Whoever knocks without end fills no disk. */
  #failed(error: unknown): void {
    const { clock, logger } = this.#options
    const now = clock.now()
    if (this.#toldAt !== undefined && now - this.#toldAt < FAILURES_TOLD_EVERY_MS) return
    this.#toldAt = now
    logger.warn(`authenticate has failed, and the caller counts as one that is not known: ${String(error)}`)
  }
}

/** For one more. Whom it is being asked about stays: his call waits for it, and calls have a limit. */
function makeRoom(all: Map<string | undefined, Judged>): void {
  for (const [token, { judging }] of all) {
    if (all.size < JUDGED_TOKENS_MAX) return
    if (judging === undefined) all.delete(token)
  }
}

function shownOf({ remote, peerCertificate }: Connection): ShownCaller['connection'] {
  return { remote, peerCertificate }
}

/** @throws InvalidParamsError for what is nobody's rights */
function grantIn(said: KnownOrNot): Grant | undefined {
  return said === undefined || said === null || said === false ? undefined : readRights(said, 'authenticate')
}
