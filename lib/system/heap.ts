import { getHeapStatistics, setFlagsFromString } from 'node:v8'

const LARGE_BYTES = 96 * 1024 * 1024
const LOOK_EVERY_MS = 1000

/**
 * Lets a small heap grow by half before it is collected again and a large one by a seventh, where V8 on a large machine
 * waits until it is several times as large: a node under load stays a third smaller, and collects for a few percent
 * longer. For a process of our own only, since it holds for all of it. An engine without the setting says so on stderr,
 * and goes on.
 */
export function keepHeapSmall(): void {
  let percent = 50
  letGrowBy(percent)
  const look = (): void => {
    const wanted = getHeapStatistics().used_heap_size > LARGE_BYTES ? 15 : 50
    if (wanted === percent) return
    percent = wanted
    letGrowBy(percent)
  }
  setInterval(look, LOOK_EVERY_MS).unref()
}

function letGrowBy(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`)
}
