/** What is said over HTTP, with the headers that every answer has, and refusals in words. */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { SlicedResponse } from './sliced-response.js'

export type ExtraHeaders = Readonly<Record<string, string>>

/** The longest head of a request. Node says in its error that it was longer. */
export const HEADER_BYTES_MAX = 16 * 1024

const PLAIN_TEXT = 'text/plain; charset=utf-8'

export function send(
  response: SlicedResponse,
  status: number,
  type: string,
  body: string,
  extra: ExtraHeaders = {},
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...extra,
  })
  response.endWith(body)
}

/** The connection ends with it. */
export function refuse(
  response: SlicedResponse,
  status: number,
  sentence: string,
  extra: ExtraHeaders = {},
): void {
  send(response, status, PLAIN_TEXT, `${sentence}\n`, { ...extra, connection: 'close' })
}

/** What came in is no request that Node could read. */
export function refuseUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'HPE_HEADER_OVERFLOW')
    refuseRaw(socket, 431, `a request's headers have at most ${HEADER_BYTES_MAX} bytes`)
  else if (error.code === 'HPE_INVALID_URL')
    refuseRaw(socket, 400, 'what a request asks for is written in ASCII, with escapes such as %C3%BC for ü')
  else refuseRaw(socket, 400, 'this is not a request of HTTP/1.1')
}

/** Where there is no response to write to. The connection ends with it. */
export function refuseRaw(socket: Duplex, status: number, sentence: string): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  socket.end(rawRefusal(status, sentence), () => socket.destroy())
}

/** A whole response, as text. */
export function rawRefusal(status: number, sentence: string): string {
  const body = `${sentence}\n`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Type: ${PLAIN_TEXT}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
