/** Who calls, as the user's own hook judges by what the caller brings. */
import { RollcallError, UnauthorizedError } from '../rpc/errors.js'
import type { CallContext as Received, ConnectionContext } from '../rpc/host.js'
import type { Connections, ServedConnection } from './connections.js'

/** What a caller brings. */
export interface Credentials {
  /** As it was given to `connect({ token })`, or stands in the call's `meta.token`. Undefined: it brings none. */
  readonly token: string | undefined
  readonly connection: ServedConnection
}

/**
 * Gives the caller's identity, which its calls have in `callContext().identity`; a promise of it where it takes its time.
 * Who has none (undefined, null or false) is refused, and so are all whom it throws at.
 */
export type Authenticate = (credentials: Credentials) => unknown

interface Judged {
  readonly token: string | undefined
  /** A promise, while it is being judged. */
  identity: unknown
}

export class Authentication {
  readonly #authenticate: Authenticate
  readonly #connections: Connections
  /** The last token of a connection: most bring one with all their calls. */
  readonly #judged = new WeakMap<ConnectionContext, Judged>()

  constructor(authenticate: Authenticate, connections: Connections) {
    this.#authenticate = authenticate
    this.#connections = connections
  }

  /** The identity, or a promise of it. `what`: the call, for messages. @throws UnauthorizedError */
  identityOf(what: string, { connection, meta: { token } }: Received): unknown {
    const known = this.#judged.get(connection)
    if (known !== undefined && known.token === token) return known.identity
    const judged: Judged = { token, identity: undefined }
    judged.identity = this.#judge(what, connection, judged)
    this.#judged.set(connection, judged)
    return judged.identity
  }

  #judge(what: string, connection: ConnectionContext, judged: Judged): unknown {
    const found = this.#asked(what, { token: judged.token, connection: this.#connections.of(connection) })
    if (!(found instanceof Promise)) return demanded(what, found)
    const identity = found.then(
      (later: unknown) => (judged.identity = demanded(what, later)),
      (error: unknown) => this.#failed(what, error),
    )
    // Whoever is refused may come again, and be known by then.
    identity.catch(() => this.#judged.get(connection) === judged && this.#judged.delete(connection))
    return identity
  }

  #asked(what: string, credentials: Credentials): unknown {
    try {
      return this.#authenticate(credentials)
    } catch (error) {
      return this.#failed(what, error)
    }
  }

  /** Its own refusal is told as it is; of a mistake in it strangers learn nothing. */
  #failed(what: string, error: unknown): never {
    if (error instanceof UnauthorizedError)
      throw new UnauthorizedError(`${what}: ${error.message}`, { cause: error })
    if (!(error instanceof RollcallError)) this.#connections.safely(() => Promise.reject(asError(error)))
    throw refused(what)
  }
}

function demanded(what: string, identity: unknown): unknown {
  if (identity === undefined || identity === null || identity === false) throw refused(what)
  return identity
}

function refused(what: string): UnauthorizedError {
  return new UnauthorizedError(
    `${what} was refused, as its caller is not known here: connect with a token that is; it was not executed`,
  )
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
