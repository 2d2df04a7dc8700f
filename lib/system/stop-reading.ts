/**
 * A socket that is paused is still read once more, as much as there is. Here it is not read at all, as Node does it for a
 * server of HTTP: by its handle, which is not part of what Node promises; where it is missing nothing is stopped.
 */
import type { Socket } from 'node:net'

interface Handle {
  reading: boolean
  readStop(): unknown
}

/** False: it is not being read, or can't be stopped. */
export function stopReading(socket: Socket): boolean {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (socket.destroyed || socket.readableEnded || !isHandle(handle) || !handle.reading) return false
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
