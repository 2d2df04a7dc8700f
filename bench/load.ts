/** A closed loop: so many calls always in flight, each answered before the next takes its place. */

export interface LoadResult {
  readonly calls: number
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
  await closedLoop(inFlight, { milliseconds: milliseconds / 4 }, call)
  return closedLoop(inFlight, { milliseconds }, call)
}

/** When a loop begins no more calls. */
export interface LoopEnd {
  readonly milliseconds?: number
  readonly calls?: number
}

/** Resolves once the last call is answered. */
export async function closedLoop(
  inFlight: number,
  { milliseconds = Infinity, calls = Infinity }: LoopEnd,
  call: (n: number) => Promise<unknown>,
): Promise<LoadResult> {
  const latencies: number[] = []
  const started = performance.now()
  const ends = started + milliseconds
  let n = 0
  const worker = async (): Promise<void> => {
    for (let now = performance.now(); now < ends && n < calls;) {
      await call(n++)
      const done = performance.now()
      latencies.push(done - now)
      now = done
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return resultOf(latencies, performance.now() - started)
}

/** `latencies` of all calls, and how long they took together, in milliseconds. */
export function resultOf(latencies: number[], elapsed: number): LoadResult {
  const calls = latencies.length
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number => latencies[Math.floor((calls - 1) * q)] ?? 0
  return { calls, perSecond: (calls / elapsed) * 1000, p50: quantile(0.5), p99: quantile(0.99) }
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
