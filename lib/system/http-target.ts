/** What a request of HTTP asks for, and of whom. */
import type { IncomingMessage } from 'node:http'

/** `http://node1.example:9101/kv/get`, as proxies write it. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i

/** The host that its header names, if any, and the one that its target names, if it does. Undefined: several headers. */
export function targetHostsOf({
  url = '',
  rawHeaders,
  headers,
}: IncomingMessage): readonly (string | undefined)[] | undefined {
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  if (names.filter((name) => name.toLowerCase() === 'host').length > 1) return undefined
  const named = ABSOLUTE.exec(url)?.[1]
  return named === undefined ? [headers.host] : [headers.host, named]
}

/** As it was sent, with its escapes. */
export function pathOf(request: IncomingMessage): string {
  return targetOf(request).split('?', 1)[0] ?? ''
}

/** What stands behind the `?`, or nothing. */
export function queryOf(request: IncomingMessage): string {
  const target = targetOf(request)
  const mark = target.indexOf('?')
  return mark < 0 ? '' : target.slice(mark + 1)
}

function targetOf({ url = '' }: IncomingMessage): string {
  const rest = url.replace(ABSOLUTE, '')
  return rest.startsWith('/') || rest === url ? rest : `/${rest}`
}
