import { monitorEventLoopDelay } from 'node:perf_hooks'
import { ms, type Ms } from '../ports.js'

/** How often it is looked, in milliseconds: a delay is overstated by this much at most, and never understated. */
const RESOLUTION_MS = 10

/**
 * Begins to watch how long this process's event loop is held up. The result tells the longest time since it was last
 * asked.
 */
export function watchEventLoopDelay(): () => Ms {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  return () => {
    const longest = ms(histogram.max / 1_000_000)
    histogram.reset()
    return longest
  }
}
