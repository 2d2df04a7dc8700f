/** What maps, sets and lists of the cluster have in common: a name, a size, and changes that can be watched. */
import { isWhole, type Json } from '../../json.js'
import type { Watch } from '../watch.js'
import type { CollectionPorts } from './ports.js'

export abstract class Collection {
  readonly #ports: CollectionPorts
  readonly #object: string

  constructor(
    ports: CollectionPorts,
    object: string,
    readonly name: string,
  ) {
    this.#ports = ports
    this.#object = object
  }

  /** Removes everything, and returns how many items there were. */
  clear(): Promise<number> {
    return this.count('clear')
  }

  /** Watches each change from now on. */
  watch(): Watch {
    return this.#ports.watch(this.#object, { topic: this.name })
  }

  protected call(method: string, ...params: readonly Json[]): Promise<Json> {
    return this.#ports.call(this.#object, method, [this.name, ...params])
  }

  /** Of a method that answers how many. */
  protected async count(method: string, ...params: readonly Json[]): Promise<number> {
    const count = await this.call(method, ...params)
    return isWhole(count) ? count : 0
  }
}
