/** The same closed loop as everybody's, without a promise for each call: as many commands go as were answered. */
import { dial } from '../../calls/lines.js'
import { resultOf, type LoadResult } from '../../load.js'
import type { Order } from '../contender.js'
import { wholeLines } from './lines.js'
import type { Mode } from './modes.js'

export async function connectFloor(mode: Mode, port: number): Promise<(order: Order) => Promise<LoadResult>> {
  const socket = await dial(port)
  const sentAt = new Map<number, number>()
  let hear: (ids: readonly number[]) => void = () => undefined
  let id = 0

  const send = (count: number): void => {
    const now = performance.now()
    let text = ''
    for (let n = 0; n < count; n++) {
      id += 1
      sentAt.set(id, now)
      text += mode.request(id)
    }
    if (count > 0) socket.write(text, 'latin1')
  }

  socket.on(
    'data',
    wholeLines((lines) => hear(mode.answered(lines))),
  )
  return ({ inFlight, end: { milliseconds = Infinity, calls = Infinity } }) =>
    new Promise((resolve) => {
      const latencies: number[] = []
      const started = performance.now()
      const last = id + calls
      hear = (ids) => {
        const now = performance.now()
        for (const answered of ids) {
          latencies.push(now - (sentAt.get(answered) ?? now))
          sentAt.delete(answered)
        }
        if (now - started < milliseconds) send(Math.min(ids.length, last - id))
        if (sentAt.size === 0) resolve(resultOf(latencies, now - started))
      }
      send(Math.min(inFlight, calls))
    })
}
