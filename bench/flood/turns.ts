/**
 * How long nothing else ran in this process, turn by turn of its event loop, as a timer of one millisecond finds it, in what the
 * program itself took: the processor time of the main thread, as the system (Linux) tells it, and the time in which that
 * waited for threads of its own, those of the collector, which is at most what they ran. What the machine took of a turn is
 * left out: other processes, and other machines on the same processors. What remains is told when it is worth it: one line
 * each in a file of the working folder that is named after the process.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadTimes, type ThreadTimes } from './thread-times.js'

const EVERY_MS = 1
/** Shorter turns are nobody's concern. */
const TOLD_MS = 5

/** Begins to watch this process. */
export function watchTurns(): void {
  const { pid } = process
  const times = threadTimes(pid)
  const file = turnsFile('.', pid)
  let began = performance.now()
  let before = times()
  setInterval(() => {
    const wallMs = performance.now() - began - EVERY_MS
    if (wallMs >= TOLD_MS) {
      const heldMs = held(wallMs, before, times('exactly'))
      appendFileSync(file, `${Date.now()} ${heldMs.toFixed(2)} ${wallMs.toFixed(2)}\n`)
    }
    began = performance.now()
    before = times()
  }, EVERY_MS)
}

function held(wallMs: number, before: ThreadTimes, after: ThreadTimes): number {
  const ranMs = after.ranMs - before.ranMs
  const blockedMs = Math.max(0, wallMs - ranMs - (after.waitedMs - before.waitedMs))
  return ranMs + Math.min(blockedMs, after.othersRanMs - before.othersRanMs)
}

/** One turn of the event loop that took long. */
export interface Turn {
  /** Milliseconds since 1970. */
  readonly endedAt: number
  /** How long the program held the thread, in milliseconds. */
  readonly heldMs: number
  /** The same with what the machine took. */
  readonly wallMs: number
}

/** The turns of the process that works in `folder`, since its start. */
export function turnsOf(folder: string, pid: number): readonly Turn[] {
  const lines = readFileSync(turnsFile(folder, pid), { encoding: 'utf8', flag: 'a+' }).split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [endedAt = 0, heldMs = 0, wallMs = 0] = line.split(' ').map(Number)
      return { endedAt, heldMs, wallMs }
    })
}

function turnsFile(folder: string, pid: number): string {
  return join(folder, `turns-${pid}.txt`)
}
