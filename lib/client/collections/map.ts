import { isList, type Json } from '../../json.js'
import { Collection } from './collection.js'
import { PAGE, pages } from './pages.js'
import type { CollectionPorts } from './ports.js'

/**
 * A map of the cluster, whose keys are texts, in the order of their UTF-16 units, and whose values can't be null.
 * Making it sends nothing. The event of each change is `{key, value}`, with null when the key was deleted, or
 * `{cleared: true}`.
 */
export class SharedMap<V = Json> extends Collection {
  constructor(ports: CollectionPorts, name: string) {
    super(ports, 'map', name)
  }

  /** The value of a key. Null: it is not there. */
  async get(key: string): Promise<V | null> {
    return (await this.call('get', key)) as V | null
  }

  /** Sets the value of a key, and returns the one before, or null. */
  async set(key: string, value: V): Promise<V | null> {
    return (await this.call('set', key, value as Json)) as V | null
  }

  /** Whether the key is there. */
  async has(key: string): Promise<boolean> {
    return (await this.call('has', key)) === true
  }

  /** Deletes a key, and returns whether it was there. */
  async delete(key: string): Promise<boolean> {
    return (await this.call('delete', key)) === true
  }

  /**
   * Sets the value that `change` returns, given the current one or null if there is none, and returns it. If `change`
   * returns null, the key is deleted. If somebody else changes the value in the meantime, `change` is called again with
   * the new one.
   */
  async update(key: string, change: (value: V | null) => V | null | Promise<V | null>): Promise<V | null> {
    for (;;) {
      const before = await this.get(key)
      const after = await change(before)
      if ((await this.call('cas', key, before as Json, after as Json)) === true) return after
    }
  }

  /** The number of keys. */
  size(): Promise<number> {
    return this.count('size')
  }

  /**
   * All entries that exist throughout, each once, fetched as they are read. For one that changes in the meantime, the
   * old or the new value.
   */
  async *entries(): AsyncGenerator<[string, V], undefined> {
    const page = (last: Json = null): Promise<Json> =>
      this.call('entries', isList(last) ? (last[0] ?? null) : null, PAGE)
    for await (const entry of pages(page)) {
      const [key, value] = isList(entry) ? entry : []
      if (typeof key === 'string') yield [key, value as V]
    }
    return undefined
  }

  /** As `entries`. */
  [Symbol.asyncIterator](): AsyncGenerator<[string, V], undefined> {
    return this.entries()
  }
}
