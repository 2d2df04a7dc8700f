/** What the system (Linux) says of the threads of one process. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs'

/** In milliseconds since the threads began. */
export interface ThreadTimes {
  /** The main thread had a processor. */
  readonly ranMs: number
  /** It was ready and had none. */
  readonly waitedMs: number
  /** The others had one, together. */
  readonly othersRanMs: number
}

/** It is looked for new threads once in so many times. */
const LOOK_EVERY = 200
/** For this long the thread sleeps to be counted exactly: while it runs, the system counts it a few milliseconds late. */
const NAP_MS = 0.05

const buffer = Buffer.alloc(128)
const napping = new Int32Array(new SharedArrayBuffer(4))

/** The result tells the times of the process's threads, a few milliseconds late if not asked to be exact. */
export function threadTimes(pid: number): (how?: 'exactly') => ThreadTimes {
  const main = openSync(schedstat(pid, String(pid)), 'r')
  let others: readonly number[] = []
  let othersGoneMs = 0
  let times = 0
  return (how) => {
    if (how !== undefined) Atomics.wait(napping, 0, 0, NAP_MS)
    if (how === undefined && times++ % LOOK_EVERY === 0) {
      othersGoneMs += sum(others)
      for (const other of others) closeSync(other)
      others = openOthers(pid)
      othersGoneMs -= sum(others)
    }
    const { ranMs, waitedMs } = read(main)
    return { ranMs, waitedMs, othersRanMs: othersGoneMs + sum(others) }
  }
}

function openOthers(pid: number): readonly number[] {
  const threads = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== String(pid))
  return threads.flatMap((thread) => {
    try {
      return [openSync(schedstat(pid, thread), 'r')]
    } catch {
      return []
    }
  })
}

function schedstat(pid: number, thread: string): string {
  return `/proc/${pid}/task/${thread}/schedstat`
}

function sum(threads: readonly number[]): number {
  return threads.reduce((all, thread) => all + read(thread).ranMs, 0)
}

/** Of a thread that has ended nothing. */
function read(thread: number): { readonly ranMs: number; readonly waitedMs: number } {
  try {
    const length = readSync(thread, buffer, 0, buffer.length, 0)
    const [ran, waited] = buffer.toString('latin1', 0, length).split(' ')
    return { ranMs: Number(ran) / 1_000_000, waitedMs: Number(waited) / 1_000_000 }
  } catch {
    return { ranMs: 0, waitedMs: 0 }
  }
}
