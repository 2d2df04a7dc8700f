import { isList, type Json } from '../../json.js'
import { Collection } from './collection.js'
import { PAGE, pages } from './pages.js'
import type { CollectionPorts } from './ports.js'

/**
 * A list of the cluster, whose values can't be null. Making it sends nothing. For jobs, use a queue instead. The event
 * of each change is `{at, removed, added}`, like the arguments of `splice`.
 */
export class SharedList<V = Json> extends Collection {
  constructor(ports: CollectionPorts, name: string) {
    super(ports, 'list', name)
  }

  /** Appends a value, and returns the new length. */
  push(value: V): Promise<number> {
    return this.count('push', value as Json)
  }

  /** Inserts a value at the front, and returns the new length. */
  unshift(value: V): Promise<number> {
    return this.count('unshift', value as Json)
  }

  /** Removes and returns the last value. Null: the list is empty. */
  async pop(): Promise<V | null> {
    return (await this.call('pop')) as V | null
  }

  /** Removes and returns the first value. Null: the list is empty. */
  async shift(): Promise<V | null> {
    return (await this.call('shift')) as V | null
  }

  /**
   * Replaces the value at an index, counted from the end if negative, and returns the one before. Null: there is no
   * such index, and nothing has changed.
   */
  async set(index: number, value: V): Promise<V | null> {
    return (await this.call('set', index, value as Json)) as V | null
  }

  /** The value at an index, counted from the end if negative. Null: there is no such index. */
  async at(index: number): Promise<V | null> {
    return (await this.call('at', index)) as V | null
  }

  /** Like `slice` of an array, at one moment; returns at most 1,000 values, and 1 MiB beyond the first one. */
  async slice(from = 0, to?: number): Promise<V[]> {
    const found = await this.call('slice', from, to ?? null)
    return isList(found) ? found.map((each) => each as V) : []
  }

  /** The number of values. */
  length(): Promise<number> {
    return this.count('length')
  }

  /** All values, fetched as they are read. Inserting or removing values before the reader's position shifts it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<V, undefined> {
    for await (const value of pages((_last, seen) => this.call('slice', seen, seen + PAGE))) yield value as V
    return undefined
  }
}
