/** A closed loop: so many calls always in flight, each answered before the next takes its place. */

export interface LoadResult {
  readonly perSecond: number
  /** Milliseconds from call to answer. */
  readonly p50: number
  readonly p99: number
}

export async function load(
  inFlight: number,
  milliseconds: number,
  call: (n: number) => Promise<unknown>,
): Promise<LoadResult> {
  await run(inFlight, milliseconds / 4, call)
  return run(inFlight, milliseconds, call)
}

async function run(
  inFlight: number,
  milliseconds: number,
  call: (n: number) => Promise<unknown>,
): Promise<LoadResult> {
  const latencies: number[] = []
  const started = performance.now()
  const ends = started + milliseconds
  let n = 0
  const worker = async (): Promise<void> => {
    for (let now = performance.now(); now < ends;) {
      await call(n++)
      const done = performance.now()
      latencies.push(done - now)
      now = done
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const elapsed = performance.now() - started
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number => latencies[Math.floor((latencies.length - 1) * q)] ?? 0
  return { perSecond: (latencies.length / elapsed) * 1000, p50: quantile(0.5), p99: quantile(0.99) }
}

/** `calls` calls, `inFlight` of them at a time. Resolves with how many were answered in a second. */
export async function repeat(
  calls: number,
  inFlight: number,
  call: (n: number) => Promise<unknown>,
): Promise<number> {
  const started = performance.now()
  let n = 0
  const worker = async (): Promise<void> => {
    while (n < calls) await call(n++)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (calls / (performance.now() - started)) * 1000
}

/**
 * Calls in the background, `inFlight` of them at a time, until the result is called; that waits for the last of them.
 */
export function keepCalling(inFlight: number, call: (n: number) => Promise<unknown>): () => Promise<void> {
  let n = 0
  let isOver = false
  const worker = async (): Promise<void> => {
    while (!isOver) await call(n++)
  }
  const ended = Promise.all(Array.from({ length: inFlight }, worker))
  ended.catch(() => undefined)
  return async () => {
    isOver = true
    await ended
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
