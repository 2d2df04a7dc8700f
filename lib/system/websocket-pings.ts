/**
 * Whether the other end of a WebSocket is there still: a browser whose machine sleeps, or has left its network, says
 * nothing, and TCP asks once in two hours. Whoever is silent is pinged, and answers by itself (RFC 6455, section 5.5.2);
 * whoever stays silent for as long again is gone.
 */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { ms } from '../ports.js'
import { afterInput } from '../rpc/deadlines.js'
import { systemClock } from './clock.js'

/** `everyMs`: from one look to the next, in milliseconds. It ends with the WebSocket. */
export function pingWhileSilent(
  webSocket: WebSocket,
  socket: Socket,
  everyMs: number,
  gone: () => void,
): void {
  const wait = () => afterInput(systemClock, ms(everyMs), () => look())
  let heard = socket.bytesRead
  let isPinged = false
  let timer = wait()
  const look = (): void => {
    // What is not read here, and a ping behind what is not taken there, say nothing.
    const isHeard = !webSocket.isPaused && !socket.isPaused() && socket.writableLength === 0
    const isSilent = isHeard && socket.bytesRead === heard
    heard = socket.bytesRead
    if (isSilent && isPinged) return gone()
    isPinged = isSilent
    if (isPinged) webSocket.ping()
    timer = wait()
  }
  webSocket.once('close', () => timer.cancel())
}
