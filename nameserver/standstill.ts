/** Whoever stood still could hear nobody, and gives all time to be heard before it ends what they did not renew. */
import type { Clock } from '../lib/ports.js'

/** Woken so much too late, this process stood still. */
const STANDSTILL_MS = 1_000

/** Whether it stood still when it was to wake at `dueAt`, on the clock. */
export function hasStoodStill(clock: Pick<Clock, 'now'>, dueAt: number): boolean {
  return clock.now() - dueAt > STANDSTILL_MS
}
