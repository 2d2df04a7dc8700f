/** What clusters have registered, by name and cluster id. Forgotten for want of room alone, when they are long gone. */
import { parseJson, textsIn } from '../lib/json.js'
import { SnapshotMap } from '../lib/replica/objects/snapshot-map.js'
import type { Barrier } from './fences.js'

/** So many at a time: the next that finds no room forgets more. */
const FORGET_MAX = 500

export interface KeptBarrier extends Barrier {
  /** Log time at which it was last registered, in milliseconds. */
  readonly at: number
}

export class Barriers {
  readonly #barriers = new SnapshotMap<string, KeptBarrier>()

  get size(): number {
    return this.#barriers.size
  }

  get(name: string, clusterId: string): KeptBarrier | undefined {
    return this.#barriers.get(keyOf(name, clusterId))
  }

  set(name: string, clusterId: string, barrier: KeptBarrier): void {
    this.#barriers.set(keyOf(name, clusterId), barrier)
  }

  /** As a snapshot has it. */
  put(key: string, barrier: KeptBarrier): void {
    this.#barriers.set(key, barrier)
  }

  /** Some of those that were last registered by `until`, and whose cluster does not have the name. */
  forget(until: number, isHeld: (name: string, clusterId: string) => boolean): void {
    let forgotten = 0
    for (const [key, { at }] of this.#barriers) {
      if (at > until) continue
      const [name = '', clusterId = ''] = textsIn(parseJson(key))
      if (isHeld(name, clusterId)) continue
      this.#barriers.delete(key)
      if (++forgotten === FORGET_MAX) return
    }
  }

  /** By their keys in a snapshot, as they are now. */
  capture(): Iterable<readonly [string, KeptBarrier]> {
    return this.#barriers.capture()
  }
}

/** Neither part bounds the other: both may hold any character. */
function keyOf(name: string, clusterId: string): string {
  return JSON.stringify([name, clusterId])
}
