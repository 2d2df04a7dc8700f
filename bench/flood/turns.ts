/**
 * How long nothing else ran in this process, turn by turn of its event loop, as a timer of one millisecond finds it: in
 * processor time of the main thread, as the system (Linux) tells it. By the clock a turn is as long as others leave it:
 * other processes, and other machines on the same processors. It is told when it is worth it: one line each in a file
 * of the working folder that is named after the process.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadTimes } from './thread-times.js'

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
      const after = times('exactly')
      const [heldMs, starvedMs] = [after.ranMs - before.ranMs, after.waitedMs - before.waitedMs]
      appendFileSync(file, `${Date.now()} ${heldMs.toFixed(2)} ${starvedMs.toFixed(2)}\n`)
    }
    began = performance.now()
    before = times()
  }, EVERY_MS)
}

/** One turn of the event loop that took long. */
export interface Turn {
  /** Milliseconds since 1970. */
  readonly endedAt: number
  /** Processor time of the main thread, in milliseconds. */
  readonly heldMs: number
  /** How long it was ready and had no processor, in milliseconds. */
  readonly starvedMs: number
}

/** The turns of the process that works in `folder`, since its start. */
export function turnsOf(folder: string, pid: number): readonly Turn[] {
  const lines = readFileSync(turnsFile(folder, pid), { encoding: 'utf8', flag: 'a+' }).split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [endedAt = 0, heldMs = 0, starvedMs = 0] = line.split(' ').map(Number)
      return { endedAt, heldMs, starvedMs }
    })
}

function turnsFile(folder: string, pid: number): string {
  return join(folder, `turns-${pid}.txt`)
}
