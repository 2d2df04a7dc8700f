/**
 * What a member has promised its leaders outlives its process: the next one owes the same, whatever its settings are.
 */
import type { Clock, Disk, Logger, Timer } from '../ports.js'
import { ms } from '../ports.js'
import { readPromise, writePromise } from '../storage/promise-file.js'

export interface KeptPromise {
  /** What an earlier process may have promised just before it ended. Milliseconds. */
  readonly earlierMs: number
  /** Nothing is being written any more when it resolves. */
  close(): Promise<void>
}

/**
 * `silenceMs`: what this process is going to promise; 0 without leases. The greater of the two is written down before
 * this resolves; once the earlier promise is over, this process's own.
 */
export async function keepPromise(
  disk: Disk,
  silenceMs: number,
  clock: Clock,
  logger: Logger,
): Promise<KeptPromise> {
  const earlierMs = await readPromise(disk)
  if (silenceMs > earlierMs) await writePromise(disk, silenceMs)
  let written = Promise.resolve()
  let timer: Timer | undefined
  if (silenceMs < earlierMs) {
    timer = clock.after(ms(earlierMs), () => {
      written = writePromise(disk, silenceMs).catch((error: unknown) =>
        logger.warn(`the promise of an earlier start goes on: ${String(error)}`),
      )
    })
  }
  return {
    earlierMs,
    close: () => {
      timer?.cancel()
      return written
    },
  }
}
