/** Authentication of callers by the user's own hook. */
import { promised } from '../promised.js'
import { RollcallError, UnauthorizedError } from '../rpc/errors.js'
import type { CallContext as Received, ConnectionContext } from '../rpc/exposed.js'
import type { Connections, ServedConnection } from './connections.js'

/** What `authenticate` has to judge a caller by. */
export interface Credentials {
  /**
   * The token from `connect({ token })` or the call's `meta.token`, or else from the header `Authorization: Bearer` of
   * the HTTP request or WebSocket handshake. Undefined: there is none.
   */
  readonly token: string | undefined
  readonly connection: ServedConnection
}

/**
 * Returns the caller's identity, or a promise of it; its calls find that in `callContext().identity`. If it returns
 * undefined, null or false, throws or rejects, the call is refused as UNAUTHORIZED.
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
  identityOf(what: string, received: Received): unknown {
    try {
      const identity = this.#identityOf(received)
      if (!(identity instanceof Promise)) return identity
      // Calls that wait for one judgement are refused each in its own name.
      return identity.catch((error: unknown) => {
        throw toldOf(what, error)
      })
    } catch (error) {
      throw toldOf(what, error)
    }
  }

  #identityOf({ connection, meta: { token = connection.bearer } }: Received): unknown {
    const known = this.#judged.get(connection)
    if (known !== undefined && known.token === token) return known.identity
    const judged: Judged = { token, identity: undefined }
    judged.identity = this.#judge(connection, judged)
    this.#judged.set(connection, judged)
    return judged.identity
  }

  #judge(connection: ConnectionContext, judged: Judged): unknown {
    const connections = this.#connections
    const found = this.#asked({
      token: judged.token,
      get connection() {
        return connections.shown(connection)
      },
    })
    if (!(found instanceof Promise)) return demanded(found)
    const identity = found.then(
      (later: unknown) => (judged.identity = demanded(later)),
      (error: unknown) => this.#failed(error),
    )
    // Whoever is refused may come again, and be known by then.
    identity.catch(() => this.#judged.get(connection) === judged && this.#judged.delete(connection))
    return identity
  }

  #asked(credentials: Credentials): unknown {
    try {
      return promised(this.#authenticate(credentials))
    } catch (error) {
      return this.#failed(error)
    }
  }

  #failed(thrown: unknown): never {
    const error = asError(thrown)
    if (!(error instanceof RollcallError)) this.#connections.safely(() => Promise.reject(error))
    throw error
  }
}

function demanded(identity: unknown): unknown {
  if (identity === undefined || identity === null || identity === false) throw new Error('is not known')
  return identity
}

/** The hook's own refusal is told as it is; of a mistake in it strangers learn nothing. */
function toldOf(what: string, error: unknown): UnauthorizedError {
  return error instanceof UnauthorizedError
    ? new UnauthorizedError(`${what}: ${error.message}`, { cause: error })
    : refused(what)
}

function refused(what: string): UnauthorizedError {
  return new UnauthorizedError(
    `${what} was refused, as its caller is not known here: connect with a token that is; it was not executed`,
  )
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
