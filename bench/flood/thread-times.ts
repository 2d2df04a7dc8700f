/** What the system (Linux) says of the main thread of one process. */
import { openSync, readSync } from 'node:fs'

/** In milliseconds since the thread began. */
export interface ThreadTimes {
  /** It had a processor. */
  readonly ranMs: number
  /** It was ready and had none. */
  readonly waitedMs: number
}

/**
 * For this long the thread sleeps to be counted exactly: while it runs, the system counts it a few milliseconds late.
 */
const NAP_MS = 0.05

const buffer = Buffer.alloc(128)
const napping = new Int32Array(new SharedArrayBuffer(4))

/** The result tells the times, a few milliseconds late if not asked to be exact. */
export function threadTimes(pid: number): (how?: 'exactly') => ThreadTimes {
  const file = openSync(`/proc/${pid}/task/${pid}/schedstat`, 'r')
  return (how) => {
    if (how !== undefined) Atomics.wait(napping, 0, 0, NAP_MS)
    const length = readSync(file, buffer, 0, buffer.length, 0)
    const [ran, waited] = buffer.toString('latin1', 0, length).split(' ')
    return { ranMs: Number(ran) / 1_000_000, waitedMs: Number(waited) / 1_000_000 }
  }
}
