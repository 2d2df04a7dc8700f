/** The clock on a browser's timers. */
import { ms, type Clock, type Timer } from '../ports.js'

/** Timers fire at once when asked for more than this (2^31 - 1 ms, almost 25 days). */
const DELAY_MAX = 2_147_483_647

export const browserClock: Clock = {
  now: () => ms(performance.now()),
  wall: () => ms(performance.timeOrigin + performance.now()),
  after: (delay, task): Timer => {
    const timer = setTimeout(task, Math.min(delay, DELAY_MAX))
    return { cancel: () => clearTimeout(timer) }
  },
  soon: (task) => {
    tasks.push(task)
    turn.port2.postMessage(null)
  },
}

/**
 * A message to oneself comes in behind what waits already; a timer would be held back for 4 ms, or a second in a tab
 * that nobody sees.
 */
const turn = new MessageChannel()
const tasks: (() => void)[] = []
turn.port1.onmessage = () => tasks.shift()?.()
