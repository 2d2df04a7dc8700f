import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8'

const LARGE_BYTES = 96 * 1024 * 1024
/**
 * Seldom enough that a node which reads its state back, and makes no garbage worth collecting, is not held up by it.
 */
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

/** Of both halves of the space in which V8 makes new objects. */
const NEW_BYTES = 8 * 1024 * 1024
const GROWS_NO_MORE = '--semi-space-growth-factor=1'

/**
 * Keeps the space of new objects at a quarter of what V8 lets it grow to. What is alive in there is copied while
 * nothing else runs: thousands of connections that come together fill it with objects that stay. The work is the same
 * in more and shorter pauses. For a process of our own only, and an engine without the setting, as above.
 */
export function keepPausesShort(): void {
  const observer = new PerformanceObserver(() => {
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    if (space === undefined || space.space_size < NEW_BYTES) return
    setFlagsFromString(GROWS_NO_MORE)
    observer.disconnect()
  })
  observer.observe({ entryTypes: ['gc'] })
}
