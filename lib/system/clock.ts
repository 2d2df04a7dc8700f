/** The clock on Node's timers. */
import { performance, type PerformanceNodeTiming } from 'node:perf_hooks'
import { ms } from '../ports.js'
import type { Clock, Timer, Turn } from '../ports.js'

// Node's timers fire at once when asked for more than this (2^31 - 1 ms, almost 25 days).
const DELAY_MAX = 2_147_483_647

// Node.js has the turns from 20.18 on.
const timing: Partial<PerformanceNodeTiming> = performance.nodeTiming
/** The last one that was asked about. */
let turn: (Turn & { readonly number: number }) | undefined

export const systemClock: Clock = {
  now: () => ms(performance.now()),
  wall: () => ms(Date.now()),
  after: (delay, task): Timer => {
    const timer = setTimeout(task, Math.min(delay, DELAY_MAX))
    return { cancel: () => clearTimeout(timer) }
  },
  soon: (task) => {
    setImmediate(task)
  },
  turn: () => {
    const number = timing.uvMetricsInfo?.loopCount
    if (number === undefined) return undefined
    if (turn?.number !== number) turn = { number, began: systemClock.now() }
    return turn
  },
}

/** For what goes on beside the work of a process: its timers keep none that has nothing else to do. */
export const idleClock: Clock = {
  ...systemClock,
  after: (delay, task): Timer => {
    const timer = setTimeout(task, Math.min(delay, DELAY_MAX)).unref()
    return { cancel: () => clearTimeout(timer) }
  },
}
