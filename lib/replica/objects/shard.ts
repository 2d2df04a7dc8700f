/**
 * A Map that can be captured at once and read at leisure: a walk goes through it as it was, while it goes on changing.
 * Writes put what they replace aside for as long as a walk is open.
 */
export class Shard<K, V> extends Map<K, V> {
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

export class Walk<K, V> implements Iterator<readonly [K, V]> {
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
