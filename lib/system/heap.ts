import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8'
import { membersOf } from '../json.js'

/** What is made before a heap is collected again: so much, but no more than the heap holds, nor less than a part of it. */
const MADE_BYTES = 12 * 1024 * 1024
const PERCENT = { least: 15, most: 100 }

/**
 * Lets a small heap double before it is collected again and a large one grow by a seventh, where V8 on a large machine
 * waits until it is several times as large: a node under load stays a third smaller, and collects for a few percent
 * longer. What the heap holds is what its last collection has left. For a process of our own only, since it holds for
 * all of it. An engine without the setting says so on stderr, and goes on.
 */
export function keepHeapSmall(): void {
  const look = (): void => setFlagsFromString(`--heap-growing-percent=${percentFor(usedBytes())}`)
  new PerformanceObserver((list) => {
    if (list.getEntries().some(isOfAll)) look()
  }).observe({ entryTypes: ['gc'] })
  look()
}

function percentFor(bytes: number): number {
  return Math.round(Math.max(PERCENT.least, Math.min((MADE_BYTES / bytes) * 100, PERCENT.most)))
}

function usedBytes(): number {
  return getHeapStatistics().used_heap_size
}

/** Whether all of the heap was collected. */
function isOfAll(entry: PerformanceEntry): boolean {
  const { detail } = membersOf(entry)
  const { kind } = membersOf(detail)
  return kind === constants.NODE_PERFORMANCE_GC_MAJOR
}

/** Of both halves of the space in which V8 makes new objects. */
const NEW_BYTES = 4 * 1024 * 1024
const GROWS = '--semi-space-growth-factor=2'
const GROWS_NO_MORE = '--semi-space-growth-factor=1'

/**
 * Keeps the space of new objects at an eighth of what V8 lets it grow to. What is alive in there is copied while
 * nothing else runs: thousands of connections that come together fill it with objects that stay. The work is the same
 * in more and shorter pauses. V8 makes the space small while little is done, and then it may grow again. For a process
 * of our own only, and an engine without the setting, as above.
 */
export function keepPausesShort(): void {
  // Said each time, as V8 forgets it with each thread that begins: it may grow once more before the next look.
  const look = (): void => setFlagsFromString(newBytes() < NEW_BYTES ? GROWS : GROWS_NO_MORE)
  new PerformanceObserver(look).observe({ entryTypes: ['gc'] })
  // To load a program takes more than there is at the beginning.
  look()
}

function newBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
}
