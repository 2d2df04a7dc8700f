/**
 * A socket that is dialled is read into one place, as Node does for who gives it one: else each read has 64 KiB of its
 * own, of which an answer takes a hundredth, and goes through a stream that has nothing to add to it.
 */
import { connect, type Socket, type TcpNetConnectOpts, type IpcNetConnectOpts } from 'node:net'

const PLACE_BYTES = 64 * 1024

export interface LendingSocket {
  readonly stream: Socket
  /** Tells `hear` what is read, which is read over afterwards. */
  readonly lend: (hear: (bytes: Uint8Array) => void) => void
}

export function dialLending(to: TcpNetConnectOpts | IpcNetConnectOpts): LendingSocket {
  let hear: ((bytes: Uint8Array) => void) | undefined
  const place = Buffer.allocUnsafeSlow(PLACE_BYTES)
  const callback = (length: number): boolean => {
    hear?.(place.subarray(0, length))
    return true
  }
  const stream = connect({ ...to, onread: { buffer: place, callback } })
  return { stream, lend: (told) => (hear = told) }
}
