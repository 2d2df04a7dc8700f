/** The token that a request of HTTP brings. */
import type { IncomingMessage } from 'node:http'

const BEARER = /^bearer +([!-~]{1,16384})$/i

/** As RFC 6750, section 2.1, has it. Undefined: there is none. */
export function bearerOf({ headers: { authorization } }: IncomingMessage): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization.trim())?.[1]
}
