/** Who calls, by what the caller shows. */
import type { Secrets } from '../ports.js'
import type { Grant } from '../roles.js'
import type { CallContext, ConnectionContext } from '../rpc/exposed.js'

export interface CallersOptions {
  readonly secrets: Secrets
  /** Of whoever operates this process. Undefined: it has none, and nobody can show that he does. */
  readonly operatorToken: string | undefined
}

/** Of the calls of each connection that bring the same token the first one is looked up. */
interface Known {
  readonly token: string
  readonly grant: Grant | undefined
}

interface Holder {
  /** Of the token. */
  readonly digest: string
  readonly grant: Grant
}

export class Callers {
  readonly #secrets: Secrets
  readonly #holders: readonly Holder[]
  readonly #known = new WeakMap<ConnectionContext, Known>()

  constructor({ secrets, operatorToken }: CallersOptions) {
    this.#secrets = secrets
    this.#holders =
      operatorToken === undefined
        ? []
        : [
            {
              digest: secrets.digest(operatorToken),
              grant: { name: 'operator', role: 'operator', may: ['*'] },
            },
          ]
  }

  /** What this caller may do. Undefined: it shows nothing that is known here. */
  grantOf({ connection, meta: { token } }: CallContext): Grant | undefined {
    if (token === undefined) return undefined
    const known = this.#known.get(connection)
    if (known?.token === token) return known.grant
    const grant = this.#holderOf(token)
    this.#known.set(connection, { token, grant })
    return grant
  }

  /** All are compared, so that the time tells nothing of those before it. */
  #holderOf(token: string): Grant | undefined {
    const digest = this.#secrets.digest(token)
    const found = this.#holders.filter((each) => this.#secrets.areSame(each.digest, digest))
    return found[0]?.grant
  }
}
