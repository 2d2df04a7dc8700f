/** The head of a request of HTTP: what it asks for, and of whom. */
import type { IncomingMessage } from 'node:http'

/** `http://node1.example:9101/kv/get`, as proxies write it. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i

/**
 * The host that its header names, if any, and the one that its target names, if it does. Undefined: several headers.
 */
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

const OF_UPGRADE: ReadonlySet<string> = new Set(['upgrade', 'http2-settings'])

/**
 * The request's head again, without the wish for another protocol, which a server may pass over (RFC 9110, section
 * 7.8): some clients, Java's among them, ask for HTTP/2 with each first request.
 */
export function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
    const lower = name.toLowerCase()
    if (!OF_UPGRADE.has(lower)) lines.push(`${name}: ${lower === 'connection' ? remaining(value) : value}`)
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

function remaining(connection: string): string {
  const options = connection.split(',').map((option) => option.trim())
  return options.filter((option) => !OF_UPGRADE.has(option.toLowerCase())).join(', ')
}
