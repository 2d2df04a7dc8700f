/** What kv keeps its pairs in: for objects that hold much, and whose snapshot must not hold anything up. */
import { Shard } from './shard.js'

/** A Map that grows makes all its room anew at once: a second for millions of entries. Its parts do so one by one. */
const SHARDS = 64

/** Of a longer key its end decides where it is kept. */
const HASHED_LENGTH = 64

/**
 * A Map with text keys that {@link capture} takes as it is at one moment, at once, while it goes on changing. Values must be
 * replaced, never changed in place. Iterates in an order of its own, the same wherever the same was done to it.
 */
export class SnapshotMap<K extends string, V> implements ReadonlyMap<K, V> {
  readonly #shards: readonly Shard<K, V>[] = Array.from({ length: SHARDS }, () => new Shard<K, V>())
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: K): V | undefined {
    return this.#shard(key).get(key)
  }

  has(key: K): boolean {
    return this.#shard(key).has(key)
  }

  set(key: K, value: V): this {
    const shard = this.#shard(key)
    const before = shard.size
    shard.set(key, value)
    this.#size += shard.size - before
    return this
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    const wasThere = this.#shard(key).delete(key)
    if (wasThere) this.#size -= 1
    return wasThere
  }

  *entries(): IterableIterator<[K, V]> {
    for (const shard of this.#shards) yield* shard
  }

  *keys(): IterableIterator<K> {
    for (const shard of this.#shards) yield* shard.keys()
  }

  *values(): IterableIterator<V> {
    for (const shard of this.#shards) yield* shard.values()
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries()
  }

  forEach(task: (value: V, key: K, map: ReadonlyMap<K, V>) => void, self?: unknown): void {
    for (const [key, value] of this) Reflect.apply(task, self, [value, key, this])
  }

  /**
   * All entries as they are now. One that is replaced before it is pulled may come twice, alike both times. Open, at the
   * price of keeping what is replaced, until it is pulled to its end or its iterator's `return` is called.
   */
  capture(): IterableIterator<readonly [K, V]> {
    const walks = this.#shards.map((shard) => shard.walk())
    let at = 0
    return {
      next: () => {
        for (let walk = walks[at]; walk !== undefined; walk = walks[++at]) {
          const next = walk.next()
          if (next.done !== true) return next
        }
        return { done: true, value: undefined }
      },
      return: () => {
        for (const walk of walks) walk.return()
        at = walks.length
        return { done: true, value: undefined }
      },
      [Symbol.iterator]() {
        return this
      },
    }
  }

  #shard(key: K): Shard<K, V> {
    let hash = key.length
    for (let at = Math.max(0, key.length - HASHED_LENGTH); at < key.length; at++) {
      hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
    }
    const shard = this.#shards[(hash ^ (hash >>> 15)) & (SHARDS - 1)]
    if (shard === undefined) throw new Error(`no shard for ${key}`)
    return shard
  }
}
