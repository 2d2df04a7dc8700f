/**
 * Which requests of a browser are taken. Every page that a person opens can make the browser send requests to loopback,
 * so HTTP and WebSocket hold three lines: `Host` names this very listener or a listed host, that of a listed origin
 * too (any other name that resolves here is DNS rebinding), `Origin` is absent, the listener's own or a listed one,
 * and a call comes as JSON, by a type that no page of another origin can send without asking first; that question is
 * answered for the origins that are listed, by default none.
 */

const PORT = /:[0-9]{1,5}$/
const LOOPBACK_HOST = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?$/i

/** Whether the Host header is a loopback name or one of `own`, the listener's `host:port`. */
function isOwnHost(host: string | undefined, own: readonly string[]): boolean {
  if (host === undefined) return false
  return LOOPBACK_HOST.test(host) || own.some((name) => name.toLowerCase() === host.toLowerCase())
}

/** Whether the Origin header is absent, or the origin that the (checked) Host header makes. */
function isOwnOrigin(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return true
  const own = host.toLowerCase()
  return origin.toLowerCase() === `http://${own}` || origin.toLowerCase() === `https://${own}`
}

/** Whether the Origin header is one of the origins that the operator has listed. */
export function isListedOrigin(origin: string | undefined, listed: readonly string[]): origin is string {
  return origin !== undefined && listed.includes(origin.toLowerCase())
}

/**
 * What makes a browser hand the answer to a page of a listed origin. Without credentials: nothing here goes by cookies.
 * Vary, also where there is no Origin, keeps a cache from giving one origin's answer to another.
 */
export function originHeaders(
  origin: string | undefined,
  listed: readonly string[],
): Readonly<Record<string, string>> {
  if (listed.length === 0) return {}
  if (!isListedOrigin(origin, listed)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'Retry-After',
  }
}

/** What a listed origin's page may send; the answer to the question that its browser asks first. */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, traceparent',
  'access-control-allow-private-network': 'true',
  'access-control-max-age': '600',
}

/**
 * What the operator has listed: hosts, with or without a port, that are names of this
 * server, and origins whose pages may call.
 */
export interface Listed {
  readonly hosts?: readonly string[] | undefined
  readonly origins?: readonly string[] | undefined
}

/** Whether the operator has listed the host of the Host header, or an origin there. */
function isListedHost(host: string, { hosts = [], origins = [] }: Listed): boolean {
  const asked = host.toLowerCase()
  const name = asked.replace(PORT, '')
  if (hosts.some((each) => each.toLowerCase() === asked || each.toLowerCase() === name)) return true
  return origins.some((origin) => origin.slice(origin.indexOf('//') + 2) === asked)
}

/** Why the request is refused, as one sentence for its sender; undefined when it may come in. */
export function refusalOf(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  own: readonly string[],
  listed: Listed = {},
): string | undefined {
  const { host, origin } = headers
  if (host === undefined || !(isOwnHost(host, own) || isListedHost(host, listed)))
    return `the Host header must name this server: ${[...new Set(own)].join(' or ')}, or a host given by --allow-host`
  if (!isOwnOrigin(origin, host) && !isListedOrigin(origin, listed.origins ?? []))
    return 'pages of another origin may not call this server'
  return undefined
}

const JSON_TYPE =
  /^application\/(json|json-rpc|jsonrequest)[ \t]*(;[ \t]*charset[ \t]*=[ \t]*("utf-?8"|utf-?8)[ \t]*)?;?[ \t]*$/i

/** `application/json`, or what JSON-RPC over HTTP calls it, with charset UTF-8 or none. */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType !== undefined && JSON_TYPE.test(contentType)
}
