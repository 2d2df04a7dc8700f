/** What clusters have registered, by name and cluster id. Forgotten for want of room alone, when they are long gone. */
import { parseJson, textsIn } from '../lib/json.js'
import { SnapshotMap } from '../lib/replica/objects/snapshot-map.js'
import type { Barrier } from './fences.js'
import { SoonestFirst } from './soonest-first.js'

/** So many at a time: the next that finds no room forgets more. */
const FORGET_MAX = 500

export interface KeptBarrier extends Barrier {
  /** Log time at which it was last registered, in milliseconds. */
  readonly at: number
}

export class Barriers {
  readonly #barriers = new SnapshotMap<string, KeptBarrier>()
  /** All members forget the same ones, also one that was restored from a snapshot: the oldest. */
  readonly #ages = new SoonestFirst()

  get size(): number {
    return this.#barriers.size
  }

  get(name: string, clusterId: string): KeptBarrier | undefined {
    return this.#barriers.get(keyOf(name, clusterId))
  }

  set(name: string, clusterId: string, barrier: KeptBarrier): void {
    this.put(keyOf(name, clusterId), barrier)
  }

  /** As a snapshot has it. */
  put(key: string, barrier: KeptBarrier): void {
    this.#barriers.set(key, barrier)
    this.#ages.set(key, barrier.at)
  }

  /**
   * Some of those that were last registered by `until`, and whose cluster does not have the name; one that has it counts
   * as registered `now`.
   */
  forget(until: number, now: number, isHeld: (name: string, clusterId: string) => boolean): void {
    for (let left = FORGET_MAX; left > 0; left--) {
      const { name: key, at = Infinity } = this.#ages.first ?? {}
      const barrier = key === undefined ? undefined : this.#barriers.get(key)
      if (key === undefined || barrier === undefined || at > until) return
      const [name = '', clusterId = ''] = textsIn(parseJson(key))
      if (isHeld(name, clusterId)) this.put(key, { ...barrier, at: now })
      else this.#delete(key)
    }
  }

  /** By their keys in a snapshot, as they are now. */
  capture(): Iterable<readonly [string, KeptBarrier]> {
    return this.#barriers.capture()
  }

  #delete(key: string): void {
    this.#barriers.delete(key)
    this.#ages.delete(key)
  }
}

/** Neither part bounds the other: both may hold any character. */
function keyOf(name: string, clusterId: string): string {
  return JSON.stringify([name, clusterId])
}
