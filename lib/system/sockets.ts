/** What lines, HTTP and WebSocket need of a socket alike. */
import type { Socket } from 'node:net'

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
export function farewell(socket: Socket): void {
  socket.removeAllListeners('data')
  socket.emit(FAREWELL)
  if (socket.readableEnded) {
    socket.setTimeout(LAST_READ_MS, () => socket.destroy())
    socket.end()
    return
  }
  socket.setTimeout(0)
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
  socket.end()
  socket.resume()
}

/** The other end, for logs. */
export function remoteOf(socket: Socket): string {
  const { remoteAddress, remotePort } = socket
  if (remoteAddress === undefined) return 'unix'
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
}

/** Whether it is one of this machine. That of TCP has an end here even when the other one is gone. */
export function isLocal({ localAddress, remoteAddress }: Socket): boolean {
  return localAddress === undefined && remoteAddress === undefined
}
