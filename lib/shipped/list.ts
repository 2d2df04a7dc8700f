import type { Json } from '../json.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { answered, Collections, COLLECTION_LIMITS, readItemValue } from './collections.js'
import { readName } from './turns.js'

/**
 * Lists by name. Each change is an event `{at, removed, added}` with the name as its topic: from the index `at` on so
 * many were removed, and then those added, as `splice` does it.
 */
export class Lists extends Collections<Json> {
  static override readonly frees = ['pop', 'shift']
  static override readonly [PARAMETERS] = {
    push: ['name', 'value'],
    unshift: ['name', 'value'],
    pop: ['name'],
    shift: ['name'],
    set: ['name', 'index', 'value'],
    at: ['name', 'index'],
    slice: ['name', 'from', 'to'],
    length: ['name'],
    clear: ['name'],
  }

  /** The length after. */
  @command push(name: string, value: Json): number {
    const key = readName(name, 'push(name, value)')
    return this.#insert(key, this.items(key).length, readItemValue(value, 'push(name, value)'))
  }

  /** The length after. */
  @command unshift(name: string, value: Json): number {
    const key = readName(name, 'unshift(name, value)')
    return this.#insert(key, 0, readItemValue(value, 'unshift(name, value)'))
  }

  /** The last value, which is out of the list; null: it is empty. */
  @command pop(name: string): Json {
    const key = readName(name, 'pop(name)')
    return this.#replace(key, this.items(key).length - 1)
  }

  /** The first value, which is out of the list; null: it is empty. */
  @command shift(name: string): Json {
    return this.#replace(readName(name, 'shift(name)'), 0)
  }

  /** The value before, in whose place it is; null: there is none, and nothing has changed. From the end below 0. */
  @command set(name: string, index: number, value: Json): Json {
    const signature = 'set(name, index, value)'
    const [key, wanted] = [readName(name, signature), readItemValue(value, signature)]
    return this.#replace(key, this.#indexOf(key, index, `${signature}: index`), wanted)
  }

  /** Null: there is none. From the end below 0. */
  @query at(name: string, index: number): Json {
    const key = readName(name, 'at(name, index)')
    const at = this.#indexOf(key, index, 'at(name, index): index')
    const items = this.items(key)
    return at < 0 ? null : (items.get(items.placeAt(at)) ?? null)
  }

  /**
   * From one index up to, not including, another, from the end below 0; null: up to the end. At most 1,000, and 1 MiB
   * beyond the first one.
   */
  @query slice(name: string, from: number = 0, to: number | null = null): readonly Json[] {
    const signature = 'slice(name, from, to)'
    const key = readName(name, signature)
    const items = this.items(key)
    const first = Math.max(0, this.#indexOf(key, from, `${signature}: from`))
    const end = to === null ? items.length : this.#indexOf(key, to, `${signature}: to`)
    const count = Math.min(end, items.length) - first
    if (count <= 0) return []
    return answered(items.from(items.placeAt(first)), Math.min(count, COLLECTION_LIMITS.answered))
  }

  @query length(name: string): number {
    return this.items(readName(name, 'length(name)')).length
  }

  protected readItem(item: Json): Json {
    return item
  }

  protected cleared(name: string, length: number): void {
    commandContext().emit(name, { at: 0, removed: length, added: [] })
  }

  #insert(name: string, at: number, value: Json): number {
    this.demandRoom(name, `the list ${JSON.stringify(name)}`)
    commandContext().emit(name, { at, removed: 0, added: [value] })
    const items = this.items(name)
    this.put(name, items.spliced(items.placeAt(at), 0, value))
    return items.length + 1
  }

  /** What stood there, or null. */
  #replace(name: string, at: number, ...values: readonly Json[]): Json {
    const items = this.items(name)
    const place = items.placeAt(at)
    const before = at < 0 ? undefined : items.get(place)
    if (before === undefined) return null
    commandContext().emit(name, { at, removed: 1, added: values })
    this.put(name, items.spliced(place, 1, ...values))
    return before
  }

  #indexOf(name: string, index: unknown, what: string): number {
    if (typeof index !== 'number' || !Number.isSafeInteger(index))
      throw new InvalidParamsError(`${what} must be a whole number`)
    return index < 0 ? this.items(name).length + index : index
  }
}
