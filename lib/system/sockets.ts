/** What lines, HTTP and WebSocket need of a socket alike. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isLoopback } from '../rpc/loopback.js'

// How long a connection that has been told its last word may take to read it.
const FAREWELL_MS = 2_000
// The other end has said that it only reads from here on: it may take its time, but not stop.
const LAST_READ_MS = 10_000

/** The event of a socket whose last word is said: who listens to its 'data' does so no more. */
export const FAREWELL = 'farewell'

/**
 * Ends the socket so that what was written last can still be read: a socket closed with unread input is reset, and a
 * reset takes the last words with it. Input is read and thrown away until the other end closes too, or two seconds.
 * Where the input has ended already there is no reset to fear, and the output may take as long as it makes progress.
 */
export function farewell(socket: Duplex): void {
  socket.removeAllListeners('data')
  socket.emit(FAREWELL)
  if (socket.readableEnded) {
    destroyedIn(LAST_READ_MS, socket)
    socket.end()
    return
  }
  if (socket instanceof Socket) socket.setTimeout(0)
  destroyedAfter(FAREWELL_MS, socket)
  socket.end()
  socket.resume()
}

/** Of a socket it is seen whether the output makes progress. */
function destroyedIn(silenceMs: number, stream: Duplex): void {
  if (stream instanceof Socket) stream.setTimeout(silenceMs, () => stream.destroy())
  else destroyedAfter(silenceMs, stream)
}

function destroyedAfter(delayMs: number, stream: Duplex): void {
  const timer = setTimeout(() => stream.destroy(), delayMs).unref()
  stream.once('close', () => clearTimeout(timer))
}

/** The other end, for logs. */
export function remoteOf(socket: Duplex): string {
  if (!(socket instanceof Socket)) return 'a stream'
  const { remoteAddress, remotePort } = socket
  if (remoteAddress === undefined) return 'unix'
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}

/** Of another machine, without the port. Undefined: it is this one, or that is not known. */
export function foreignAddressOf({ remoteAddress }: Socket): string | undefined {
  const address = remoteAddress?.replace(/^::ffff:/, '')
  return address === undefined || isLoopback(address) ? undefined : address
}

/**
 * Whether it is one of this machine. That of TCP has an end here even when the other one is gone; where another stream
 * leads nobody knows.
 */
export function isLocal(socket: Duplex): boolean {
  if (!(socket instanceof Socket)) return false
  const { localAddress, remoteAddress } = socket
  return localAddress === undefined && remoteAddress === undefined
}
