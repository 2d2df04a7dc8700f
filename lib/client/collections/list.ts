import { isList, type Json } from '../../json.js'
import { Collection } from './collection.js'
import { PAGE, pages } from './pages.js'
import type { CollectionPorts } from './ports.js'

/**
 * A list of the cluster; null is no value. Making it calls nobody. Jobs for workers are better put into a queue. A watch
 * tells of each change `{at, removed, added}`, as `splice` does it.
 */
export class SharedList<V = Json> extends Collection {
  constructor(ports: CollectionPorts, name: string) {
    super(ports, 'list', name)
  }

  /** Puts it at the end. The length after. */
  push(value: V): Promise<number> {
    return this.count('push', value as Json)
  }

  /** Puts it at the front. The length after. */
  unshift(value: V): Promise<number> {
    return this.count('unshift', value as Json)
  }

  /** Takes the last one out. Null: the list is empty. */
  async pop(): Promise<V | null> {
    return (await this.call('pop')) as V | null
  }

  /** Takes the first one out. Null: the list is empty. */
  async shift(): Promise<V | null> {
    return (await this.call('shift')) as V | null
  }

  /** The value before, in whose place it is. Null: there is none, and nothing has changed. From the end below 0. */
  async set(index: number, value: V): Promise<V | null> {
    return (await this.call('set', index, value as Json)) as V | null
  }

  /** Null: there is none. From the end below 0. */
  async at(index: number): Promise<V | null> {
    return (await this.call('at', index)) as V | null
  }

  /** As that of an array, as of one moment; at most the first 1,000 of them, and 1 MiB beyond the first one. */
  async slice(from = 0, to?: number): Promise<V[]> {
    const found = await this.call('slice', from, to ?? null)
    return isList(found) ? found.map((each) => each as V) : []
  }

  /** How many there are. */
  length(): Promise<number> {
    return this.count('length')
  }

  /** All of them, fetched as they are read: what is put in or taken out before the reader's place meanwhile moves it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<V, undefined> {
    for await (const value of pages((_last, seen) => this.call('slice', seen, seen + PAGE))) yield value as V
    return undefined
  }
}
