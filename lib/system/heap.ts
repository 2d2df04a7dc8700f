import { getHeapStatistics, setFlagsFromString } from 'node:v8'

const LARGE_BYTES = 96 * 1024 * 1024
/** Seldom enough that a node which reads its state back, and makes no garbage worth collecting, is not held up by it. */
const LOOK_EVERY_MS = 5000

/**
 * Lets a small heap double before it is collected again and a large one grow by a seventh, where V8 on a large machine
 * waits until it is several times as large: a node under load stays a third smaller, and collects for a few percent
 * longer. For a process of our own only, since it holds for all of it. An engine without the setting says so on stderr,
 * and goes on.
 */
export function keepHeapSmall(): void {
  let wasLarge = false
  setFlagsFromString(SMALL)
  const look = (): void => {
    const isLarge = getHeapStatistics().used_heap_size > LARGE_BYTES
    if (isLarge !== wasLarge) setFlagsFromString(isLarge ? LARGE : SMALL)
    wasLarge = isLarge
  }
  setInterval(look, LOOK_EVERY_MS).unref()
}

const SMALL = '--heap-growing-percent=100'
const LARGE = '--heap-growing-percent=15'
