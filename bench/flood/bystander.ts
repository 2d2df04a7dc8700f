/** Another client, which goes on with small calls, one after another, and what becomes of them. */
import type { Rollcall } from '../../api.js'
import { pause } from '../../test/harness/cluster.js'

export interface Experience {
  /** Milliseconds from call to answer; of a call that failed until it did. */
  readonly p99: number
  readonly worst: number
  readonly calls: number
  /** Calls that were answered with an error. */
  readonly failed: number
}

interface Kv {
  set(key: string, value: number): unknown
  get(key: string): unknown
}

const BETWEEN_MS = 5

/** Begins to call; the result ends that, and tells. */
export function bystander(client: Rollcall): () => Promise<Experience> {
  const kv = client.object<Kv>('kv')
  const times: number[] = []
  let failed = 0
  let isOver = false
  const hasEnded = () => isOver
  const calling = (async () => {
    for (let n = 0; !hasEnded(); n++) {
      const started = performance.now()
      try {
        await (n % 2 === 0 ? kv.set('bystander', n) : kv.get('bystander'))
      } catch {
        failed += 1
      }
      times.push(performance.now() - started)
      await pause(BETWEEN_MS)
    }
  })()
  return async () => {
    isOver = true
    await calling
    times.sort((a, b) => a - b)
    const p99 = times[Math.floor((times.length - 1) * 0.99)] ?? 0
    return { p99, worst: times.at(-1) ?? 0, calls: times.length, failed }
  }
}
