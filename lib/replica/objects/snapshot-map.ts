/** What kv keeps its pairs in: for objects that hold much, and whose snapshot must not hold anything up. */

/** A Map that grows makes all its room anew at once: a second for millions of entries. Its parts do so one by one. */
const SHARDS = 64

/** Of a longer key its end decides where it is kept. */
const HASHED_LENGTH = 64

/** A key whose value was put back; undefined: it had none. */
export interface PutBack<K, V> {
  readonly key: K
  readonly undone: V | undefined
  readonly value: V | undefined
}

/**
 * A Map with text keys, of which {@link capture} gives the contents at one moment, at once, while it goes on changing.
 * Values must be replaced, never changed in place. Its order of iteration depends only on what was done to it.
 */
export class SnapshotMap<K extends string, V> implements ReadonlyMap<K, V> {
  readonly #shards: readonly Shard<K, V>[] = Array.from({ length: SHARDS }, () => new Shard<K, V>())
  #size = 0
  /** Of an attempt that is under way: what each key had before it. */
  #before: Map<K, { readonly value: V } | 'nothing'> | undefined

  get size(): number {
    return this.#size
  }

  /** The value, or undefined. */
  get(key: K): V | undefined {
    return this.#shard(key).get(key)
  }

  /** Whether the key has a value. */
  has(key: K): boolean {
    return this.#shard(key).has(key)
  }

  /** Returns the map. */
  set(key: K, value: V): this {
    if (this.#before !== undefined) this.#remember(this.#before, key)
    const shard = this.#shard(key)
    const before = shard.size
    shard.set(key, value)
    this.#size += shard.size - before
    return this
  }

  /** Deletes a key, and returns whether it was there. */
  delete(key: K): boolean {
    if (this.#before !== undefined) this.#remember(this.#before, key)
    const wasThere = this.#shard(key).delete(key)
    if (wasThere) this.#size -= 1
    return wasThere
  }

  /**
   * Runs `run`. If it throws, every key gets the value back that it had before, `putBack` is called with what that
   * changed, and the error is thrown on. Costs time in proportion to what `run` writes.
   */
  attempt(run: () => void, putBack?: (changes: readonly PutBack<K, V>[]) => void): void {
    const outer = this.#before
    const before = new Map<K, { readonly value: V } | 'nothing'>()
    this.#before = before
    try {
      run()
    } catch (error) {
      // What is put back is no change that an attempt around this one would have to put back.
      this.#before = undefined
      const changes = [...before].map(([key, had]) => this.#putBack(key, had))
      putBack?.(changes)
      throw error
    } finally {
      this.#before = outer
    }
    // What began around this one may still come to nothing.
    if (outer !== undefined) for (const [key, had] of before) if (!outer.has(key)) outer.set(key, had)
  }

  #putBack(key: K, had: { readonly value: V } | 'nothing'): PutBack<K, V> {
    const undone = this.get(key)
    if (had === 'nothing') this.delete(key)
    else this.set(key, had.value)
    return { key, undone, value: had === 'nothing' ? undefined : had.value }
  }

  #remember(before: Map<K, { readonly value: V } | 'nothing'>, key: K): void {
    if (before.has(key)) return
    const value = this.get(key)
    before.set(key, value !== undefined || this.has(key) ? { value: value as V } : 'nothing')
  }

  *entries(): ReturnType<ReadonlyMap<K, V>['entries']> {
    for (const shard of this.#shards) yield* shard
  }

  *keys(): ReturnType<ReadonlyMap<K, V>['keys']> {
    for (const shard of this.#shards) yield* shard.keys()
  }

  *values(): ReturnType<ReadonlyMap<K, V>['values']> {
    for (const shard of this.#shards) yield* shard.values()
  }

  /** Keys with their values, in the order in which the keys came. */
  [Symbol.iterator](): ReturnType<ReadonlyMap<K, V>['entries']> {
    return this.entries()
  }

  /** Calls back for each, in the order in which the keys came. */
  forEach(task: (value: V, key: K, map: ReadonlyMap<K, V>) => void, self?: unknown): void {
    for (const [key, value] of this) Reflect.apply(task, self, [value, key, this])
  }

  /**
   * All entries as they are now. One that is replaced before it is pulled may come twice, alike both times. Open, at
   * the price of keeping what is replaced, until it is pulled to its end or its iterator's `return` is called.
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

/**
 * A Map that can be captured at once and read at leisure: a walk goes through it as it was, while it goes on changing.
 * Writes put what they replace aside for as long as a walk is open.
 */
class Shard<K, V> extends Map<K, V> {
  readonly #walks = new Set<Walk<K, V>>()

  override set(key: K, value: V): this {
    for (const walk of this.#walks) walk.keep(key)
    return super.set(key, value)
  }

  override delete(key: K): boolean {
    for (const walk of this.#walks) walk.keep(key)
    return super.delete(key)
  }

  /**
   * All entries as they are now, in no promised order. An entry that is replaced during the walk may come twice, alike
   * both times. Open until it is read to its end or `return` is called.
   */
  walk(): Walk<K, V> {
    const walk = new Walk(this, () => this.#walks.delete(walk))
    this.#walks.add(walk)
    return walk
  }
}

/** What is aside for a key: the value that it had when the walk began; that it was not there; that it has been told. */
type Aside<V> = { readonly value: V } | 'new' | 'told'

class Walk<K, V> implements Iterator<readonly [K, V]> {
  readonly #aside = new Map<K, Aside<V>>()
  readonly #entries = this.#walk()

  constructor(
    private readonly map: ReadonlyMap<K, V>,
    private readonly close: () => void,
  ) {}

  /** Before `key` changes. */
  keep(key: K): void {
    if (this.#aside.has(key)) return
    const value = this.map.get(key)
    this.#aside.set(key, value !== undefined || this.map.has(key) ? { value: value as V } : 'new')
  }

  next(): IteratorResult<readonly [K, V], undefined> {
    return this.#entries.next()
  }

  return(): IteratorResult<readonly [K, V], undefined> {
    this.close()
    return this.#entries.return(undefined)
  }

  /**
   * A Map is walked in the order of insertion, and what is inserted meanwhile comes last. So when a key comes that was
   * not there at the beginning, all that was has been passed.
   */
  *#walk(): Generator<readonly [K, V], undefined> {
    for (const [key, value] of this.map) {
      const aside = this.#aside.get(key)
      if (aside === 'new') break
      if (aside === 'told') continue
      if (aside !== undefined) this.#aside.set(key, 'told')
      yield [key, aside === undefined ? value : aside.value]
    }
    this.close()
    for (const [key, aside] of this.#aside) if (typeof aside === 'object') yield [key, aside.value]
    return undefined
  }
}
