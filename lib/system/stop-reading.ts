/**
 * A socket that is not read at all. One that is paused is still read once more, as much as there is, when the system
 * has brought it already: of thousands that speak at the same moment each would be. So this does what Node does for a
 * server of HTTP, and for `pauseOnConnect`: it stops the handle, which is not part of what Node promises. Where there
 * is no such handle nothing is stopped, and everything else goes on.
 */
import type { Socket } from 'node:net'

interface Handle {
  reading: boolean
  readStop(): unknown
}

/** False: it is not being read, or can't be stopped. */
export function stopReading(socket: Socket): boolean {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (!isHandle(handle) || !handle.reading) return false
  handle.reading = false
  handle.readStop()
  return true
}

/** After {@link stopReading}. Harmless where it is read again already. */
export function readAgain(socket: Socket): void {
  if (!socket.destroyed && !socket.readableEnded) socket._read(0)
}

function isHandle(handle: unknown): handle is Handle {
  if (typeof handle !== 'object' || handle === null) return false
  return (
    'reading' in handle &&
    typeof handle.reading === 'boolean' &&
    'readStop' in handle &&
    typeof handle.readStop === 'function'
  )
}
