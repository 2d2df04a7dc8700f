/** How long an input may take. */
import { setTimeout as timeout } from 'node:timers/promises'

export type Pause = (milliseconds: number) => Promise<unknown>

const SECOND_MS = 1_000

/**
 * Rejects when the work has not ended after so many seconds. A time in which this process stood still counts as one:
 * the work, whose time it is as well, goes on behind it.
 */
export async function endsWithin(
  seconds: number,
  work: Promise<unknown>,
  pause: Pause = timeout,
): Promise<void> {
  const end = work.then(() => 'ended')
  for (let left = seconds; left > 0; left--)
    if ((await Promise.race([end, pause(SECOND_MS)])) === 'ended') return
  throw new Error(`a call has not ended after ${seconds} s`)
}
