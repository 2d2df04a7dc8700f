/** Which language a connection speaks, by its first bytes. */

export type Language = 'lines' | 'http' | 'garbage'

const HTTP_METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'CONNECT', 'TRACE']
const HTTP_STARTS = HTTP_METHODS.map((method) => `${method} `)
const LINES_STARTS = new Set(['{', '[', ' ', '\t', '\r', '\n'])
const LONGEST_START = Math.max(...HTTP_STARTS.map((start) => start.length))

/** Undefined: more bytes are needed. Never asks for more than eight. */
export function sniff(head: Uint8Array): Language | undefined {
  const text = String.fromCharCode(...head.subarray(0, LONGEST_START))
  if (text === '') return undefined
  if (LINES_STARTS.has(text.charAt(0))) return 'lines'
  if (HTTP_STARTS.some((start) => text.startsWith(start))) return 'http'
  return HTTP_STARTS.some((start) => start.startsWith(text)) ? undefined : 'garbage'
}
