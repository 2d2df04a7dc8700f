import { isWhole, type Json } from '../../json.js'
import type { Watch } from '../watch.js'
import { PAGE, pages } from './pages.js'
import type { CollectionPorts } from './ports.js'

/** A set of texts of the cluster, in the order of their UTF-16 units. Making it calls nobody. */
export class SharedSet {
  readonly #ports: CollectionPorts

  constructor(
    ports: CollectionPorts,
    readonly name: string,
  ) {
    this.#ports = ports
  }

  /** Whether it was not there before. */
  async add(value: string): Promise<boolean> {
    return (await this.#call('add', value)) === true
  }

  /** Whether the text is in it. */
  async has(value: string): Promise<boolean> {
    return (await this.#call('has', value)) === true
  }

  /** Whether it was there. */
  async delete(value: string): Promise<boolean> {
    return (await this.#call('delete', value)) === true
  }

  /** How many there are. */
  async size(): Promise<number> {
    const size = await this.#call('size')
    return isWhole(size) ? size : 0
  }

  /** How many there were: none is left. */
  async clear(): Promise<number> {
    const before = await this.#call('clear')
    return isWhole(before) ? before : 0
  }

  /** All that are there throughout, each once, fetched as they are read. */
  async *values(): AsyncGenerator<string, undefined> {
    for await (const value of pages((last = null) => this.#call('values', last, PAGE)))
      if (typeof value === 'string') yield value
    return undefined
  }

  /** As `values`. */
  [Symbol.asyncIterator](): AsyncGenerator<string, undefined> {
    return this.values()
  }

  /** Each change from now on: `{added}`, `{deleted}`, `{cleared: true}`. */
  watch(): Watch {
    return this.#ports.watch('set', { topic: this.name })
  }

  #call(method: string, ...params: readonly Json[]): Promise<Json> {
    return this.#ports.call('set', method, [this.name, ...params])
  }
}
