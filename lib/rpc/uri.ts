/** The doors to URIs: bad text is refused with INVALID_PARAMS that says what is wrong and what the right form is. */
import type { Address } from '../ports.js'
import { InvalidParamsError } from './errors.js'
import { asUri, formatAddress, readAddress, readObjectId, readUri } from './uri-grammar.js'
import type { ObjectId, Uri, UriParts } from './uri-grammar.js'

export { formatAddress } from './uri-grammar.js'
export type { ObjectId, Uri, UriParts } from './uri-grammar.js'

const URI_FORMS = 'objectId@host:port, objectId@[::1]:port or objectId@unix:/path'
const ADDRESS_FORMS = 'host:port, [::1]:port or unix:/path'

/** @throws InvalidParamsError */
export function parseUri(text: string): UriParts {
  const parsed = readUri(text)
  if ('problem' in parsed) throw refusal('a URI', text, parsed.problem, URI_FORMS)
  return parsed.value
}

/** The text itself, known to be a URI. @throws InvalidParamsError */
export function uri(text: string): Uri {
  const checked = asUri(text)
  if (checked === undefined) {
    parseUri(text)
    throw refusal('a URI', text, 'it does not fit the grammar', URI_FORMS)
  }
  return checked
}

/** @throws InvalidParamsError when the parts do not make a URI that can be read back. */
export function formatUri(objectId: string, address: Address): Uri {
  return uri(`${objectId}@${formatAddress(address)}`)
}

/** @throws InvalidParamsError */
export function objectIdOf(text: string): ObjectId {
  const parsed = readObjectId(text)
  if ('problem' in parsed)
    throw refusal('an object', text, parsed.problem, 'a word without "@" and white space')
  return parsed.value
}

/**
 * An address without an object. `defaultPort` stands in where the text names no port; without it the port is
 * demanded. @throws InvalidParamsError
 */
export function parseHostPort(text: string, defaultPort?: number): Address {
  const parsed = readAddress(text, defaultPort)
  if ('problem' in parsed) throw refusal('an address', text, parsed.problem, ADDRESS_FORMS)
  return parsed.value
}

function refusal(what: string, text: string, problem: string, forms: string): InvalidParamsError {
  const shown = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
  return new InvalidParamsError(`${shown} is not ${what}: ${problem}; write ${forms}`)
}
