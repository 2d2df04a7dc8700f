import { isList, type Json } from '../../json.js'
import { Collection } from './collection.js'
import { PAGE, pages } from './pages.js'
import type { CollectionPorts } from './ports.js'

/**
 * A map of the cluster: keys are texts, and come in the order of their UTF-16 units; null is no value. Making it calls
 * nobody. A watch tells of each change `{key, value}`, null when it was deleted, and `{cleared: true}`.
 */
export class SharedMap<V = Json> extends Collection {
  constructor(ports: CollectionPorts, name: string) {
    super(ports, 'map', name)
  }

  /** Null: it is not there. */
  async get(key: string): Promise<V | null> {
    return (await this.call('get', key)) as V | null
  }

  /** The value before, or null. */
  async set(key: string, value: V): Promise<V | null> {
    return (await this.call('set', key, value as Json)) as V | null
  }

  /** Whether the key is there. */
  async has(key: string): Promise<boolean> {
    return (await this.call('has', key)) === true
  }

  /** Whether it was there. */
  async delete(key: string): Promise<boolean> {
    return (await this.call('delete', key)) === true
  }

  /**
   * Sets what `change` makes of the value, or of null where there is none; null: it is deleted. If somebody else has
   * changed it meanwhile `change` is asked again, with what is there then. The value that was set.
   */
  async update(key: string, change: (value: V | null) => V | null | Promise<V | null>): Promise<V | null> {
    for (;;) {
      const before = await this.get(key)
      const after = await change(before)
      if ((await this.call('cas', key, before as Json, after as Json)) === true) return after
    }
  }

  /** How many keys there are. */
  size(): Promise<number> {
    return this.count('size')
  }

  /** All that are there throughout, each once, fetched as they are read; of what changes meanwhile, what it was or is. */
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
