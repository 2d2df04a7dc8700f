import type { Json } from '../json.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import type { Blocks, Place } from './blocks.js'
import { answered, Collections, readCount, readKey } from './collections.js'
import { readName } from './turns.js'

/**
 * Sets of texts by name, each in the order of their UTF-16 units. Each change is an event with the name as its topic:
 * `{added}`, `{deleted}`, or `{cleared: true}` when all were deleted.
 */
export class Sets extends Collections<string> {
  static override readonly frees = ['delete']
  static override readonly [PARAMETERS] = {
    add: ['name', 'value'],
    has: ['name', 'value'],
    delete: ['name', 'value'],
    size: ['name'],
    values: ['name', 'after', 'count'],
    clear: ['name'],
  }

  /** Whether it was not there before. */
  @command add(name: string, value: string): boolean {
    const [key, { items, place, isThere }] = this.#found(name, value, 'add(name, value)')
    if (isThere) return false
    this.demandRoom(key, `the set ${JSON.stringify(key)}`)
    commandContext().emit(key, { added: value })
    this.put(key, items.spliced(place, 0, value))
    return true
  }

  @query has(name: string, value: string): boolean {
    const [, { isThere }] = this.#found(name, value, 'has(name, value)')
    return isThere
  }

  /** Whether it was there. */
  @command delete(name: string, value: string): boolean {
    const [key, { items, place, isThere }] = this.#found(name, value, 'delete(name, value)')
    if (!isThere) return false
    commandContext().emit(key, { deleted: value })
    this.put(key, items.spliced(place, 1))
    return true
  }

  @query size(name: string): number {
    return this.items(readName(name, 'size(name)')).length
  }

  /** The first that come after `after`; null: from the first on. At most 1,000. */
  @query values(name: string, after: string | null = null, count: number = 100): readonly string[] {
    const signature = 'values(name, after, count)'
    const items = this.items(readName(name, signature))
    const from = after === null ? undefined : readKey(after, signature, 'after')
    const place = items.placeOf((each) => from !== undefined && each <= from)
    return answered(items.from(place), readCount(count, signature))
  }

  protected readItem(item: Json): string {
    if (typeof item === 'string') return item
    throw new Error('a snapshot of set holds what is no text')
  }

  protected cleared(name: string): void {
    commandContext().emit(name, { cleared: true })
  }

  #found(
    name: string,
    value: string,
    signature: string,
  ): readonly [
    key: string,
    { readonly items: Blocks<string>; readonly place: Place; readonly isThere: boolean },
  ] {
    const [key, own] = [readName(name, signature), readKey(value, signature, 'value')]
    const items = this.items(key)
    const place = items.placeOf((each) => each < own)
    return [key, { items, place, isThere: items.get(place) === own }]
  }
}
