import { Collection } from './collection.js'
import { PAGE, pages } from './pages.js'
import type { CollectionPorts } from './ports.js'

/**
 * A set of texts of the cluster, in the order of their UTF-16 units. Making it sends nothing. Its events are `{added}`,
 * `{deleted}` and `{cleared: true}`.
 */
export class SharedSet extends Collection {
  constructor(ports: CollectionPorts, name: string) {
    super(ports, 'set', name)
  }

  /** Adds a text, and returns whether it is new. */
  async add(value: string): Promise<boolean> {
    return (await this.call('add', value)) === true
  }

  /** Whether the text is in it. */
  async has(value: string): Promise<boolean> {
    return (await this.call('has', value)) === true
  }

  /** Deletes a text, and returns whether it was there. */
  async delete(value: string): Promise<boolean> {
    return (await this.call('delete', value)) === true
  }

  /** The number of texts. */
  size(): Promise<number> {
    return this.count('size')
  }

  /** All texts that are there throughout, each once, fetched as they are read. */
  async *values(): AsyncGenerator<string, undefined> {
    for await (const value of pages((last = null) => this.call('values', last, PAGE)))
      if (typeof value === 'string') yield value
    return undefined
  }

  /** As `values`. */
  [Symbol.asyncIterator](): AsyncGenerator<string, undefined> {
    return this.values()
  }
}
