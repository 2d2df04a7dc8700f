/** Which language a connection speaks, by its first bytes. */

export type Language = 'lines' | 'http' | 'garbage'

const HTTP_METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'CONNECT', 'TRACE']
const HTTP_STARTS = HTTP_METHODS.map((method) => `${method} `)
/** White space, and what values of JSON begin with: whoever sends one that is no request is told so. */
const LINES_STARTS = new Set(' \t\r\n{["-0123456789tfn')
const LONGEST_START = Math.max(...HTTP_STARTS.map((start) => start.length))

/** A byte order mark, which some write before any text. */
const MARK = String.fromCharCode(0xef, 0xbb, 0xbf)

/** The first byte of a handshake of TLS: RFC 8446, section 5.1. No language of text begins with it. */
const HANDSHAKE = 22

/** As {@link sniff}, where TLS may come, too. */
export function sniffTls(head: Uint8Array): Language | 'tls' | undefined {
  return head[0] === HANDSHAKE ? 'tls' : sniff(head)
}

/** Undefined: more bytes are needed. Never asks for more than eight. */
export function sniff(head: Uint8Array): Language | undefined {
  const start = String.fromCharCode(...head.subarray(0, LONGEST_START))
  if (start !== '' && start.length <= MARK.length && MARK.startsWith(start)) return undefined
  const text = start.startsWith(MARK) ? start.slice(MARK.length) : start
  if (text === '') return undefined
  if (LINES_STARTS.has(text.charAt(0))) return 'lines'
  if (HTTP_STARTS.some((start) => text.startsWith(start))) return 'http'
  return HTTP_STARTS.some((start) => start.startsWith(text)) ? undefined : 'garbage'
}
