/**
 * A socket that is not read at all. One that is paused is still read once more, as much as there is, when the system
 * has brought it already: of thousands that speak at the same moment each would be. So this does what Node does for a
 * server of HTTP, and for `pauseOnConnect`: it stops the handle, which is not part of what Node promises. Where there
 * is no such handle nothing is stopped, and everything else goes on.
 */
import type { Socket } from 'node:net'

/** What of a socket the system reads into. */
export interface ReadHandle {
  reading: boolean
  /** Since it was opened. */
  readonly bytesRead: number
  readStop(): unknown
}

/** Undefined: there is none, or none that could be stopped. To be asked once: thousands are stopped in one turn. */
export function readHandleOf(socket: Socket): ReadHandle | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  return isReadHandle(handle) ? handle : undefined
}

/** False: it is not being read. Harmless where its socket has been destroyed. */
export function stopReading(handle: ReadHandle): boolean {
  if (!handle.reading) return false
  handle.reading = false
  handle.readStop()
  return true
}

/** After {@link stopReading}. Harmless where it is read again already. */
export function readAgain(socket: Socket): void {
  if (!socket.destroyed && !socket.readableEnded) socket._read(0)
}

function isReadHandle(handle: unknown): handle is ReadHandle {
  if (typeof handle !== 'object' || handle === null) return false
  return (
    'reading' in handle &&
    typeof handle.reading === 'boolean' &&
    'bytesRead' in handle &&
    typeof handle.bytesRead === 'number' &&
    'readStop' in handle &&
    typeof handle.readStop === 'function'
  )
}
