import { isList, type Json } from '../json.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import type { Blocks, Place } from './blocks.js'
import { answered, Collections, readCount, readItemValue, readKey } from './collections.js'
import { equal } from './equal.js'
import { expectedOf } from './kv-params.js'
import { readName } from './turns.js'

type Entry = readonly [key: string, value: Json]

/**
 * Maps by name, each with its keys in the order of their UTF-16 units. Each change is an event `{key, value}` with the
 * name as its topic, null when a key was deleted, and `{cleared: true}` when all were.
 */
export class Maps extends Collections<Entry> {
  static override readonly frees = ['delete']
  static override readonly [PARAMETERS] = {
    set: ['name', 'key', 'value'],
    get: ['name', 'key'],
    has: ['name', 'key'],
    delete: ['name', 'key'],
    cas: ['name', 'key', 'expected', 'value'],
    size: ['name'],
    entries: ['name', 'after', 'count'],
    clear: ['name'],
  }

  /** The value before, or null. */
  @command set(name: string, key: string, value: Json): Json {
    const signature = 'set(name, key, value)'
    const [map, own] = [readName(name, signature), readKey(key, signature)]
    return this.#put(map, own, readItemValue(value, signature))
  }

  /** Null: it is not there. */
  @query get(name: string, key: string): Json {
    const signature = 'get(name, key)'
    return this.#found(readName(name, signature), readKey(key, signature)).value
  }

  @query has(name: string, key: string): boolean {
    const signature = 'has(name, key)'
    return this.#found(readName(name, signature), readKey(key, signature)).value !== null
  }

  /** Whether it was there. */
  @command delete(name: string, key: string): boolean {
    const signature = 'delete(name, key)'
    return this.#put(readName(name, signature), readKey(key, signature), null) !== null
  }

  /** Sets the value if the present one equals `expected`, and says whether it did. Of both, null means absent. */
  @command cas(name: string, key: string, expected: Json, value: Json): boolean {
    const signature = 'cas(name, key, expected, value)'
    const [map, own] = [readName(name, signature), readKey(key, signature)]
    const wanted = value === null ? null : readItemValue(value, signature)
    if (!equal(this.#found(map, own).value, expectedOf(expected, signature))) return false
    this.#put(map, own, wanted)
    return true
  }

  @query size(name: string): number {
    return this.items(readName(name, 'size(name)')).length
  }

  /** The first whose keys come after `after`; null: from the first on. At most 1,000, and 1 MiB beyond the first one. */
  @query entries(name: string, after: string | null = null, count: number = 100): readonly Entry[] {
    const signature = 'entries(name, after, count)'
    const items = this.items(readName(name, signature))
    const from = after === null ? undefined : readKey(after, signature, 'after')
    const place = items.placeOf(([key]) => from !== undefined && key <= from)
    return answered(items.from(place), readCount(count, signature))
  }

  protected readItem(item: Json): Entry {
    const [key, value] = isList(item) ? item : []
    if (typeof key === 'string' && value !== undefined) return [key, value]
    throw new Error('a snapshot of map holds what is no entry')
  }

  protected cleared(name: string): void {
    commandContext().emit(name, { cleared: true })
  }

  /** The value before. Null: none. */
  #put(name: string, key: string, value: Json): Json {
    const { items, place, value: before } = this.#found(name, key)
    if (value === null && before === null) return null
    if (before === null) this.demandRoom(name, `the map ${JSON.stringify(name)}`)
    commandContext().emit(name, { key, value })
    const entries: readonly Entry[] = value === null ? [] : [[key, value]]
    this.put(name, items.spliced(place, before === null ? 0 : 1, ...entries))
    return before
  }

  #found(
    name: string,
    key: string,
  ): { readonly items: Blocks<Entry>; readonly place: Place; readonly value: Json } {
    const items = this.items(name)
    const place = items.placeOf(([each]) => each < key)
    const entry = items.get(place)
    return { items, place, value: entry?.[0] === key ? entry[1] : null }
  }
}
