/** What `map`, `set` and `list` have in common: lists by name, bounded, and how they come into snapshots and back. */
import { isList, type Json } from '../json.js'
import { command, PARAMETERS } from '../replica/objects/marks.js'
import { sliced } from '../replica/objects/sliced.js'
import { SnapshotMap } from '../replica/objects/snapshot-map.js'
import { InvalidParamsError, OverloadedError } from '../rpc/errors.js'
import { Blocks } from './blocks.js'
import { readName } from './turns.js'

export const COLLECTION_LIMITS = {
  /** That have anything in them, of each kind. */
  names: 100_000,
  /** In one of them. */
  items: 100_000,
  /** Of a key of a map, and of a member of a set. */
  keyLength: 512,
  /** Of a value, as JSON. */
  valueLength: 16_384,
  /** Of one answer. */
  answered: 1_000,
}
/** Of one answer, in characters of JSON beyond its first item. */
const ANSWER_LENGTH = 1024 * 1024

/** `T`: what an item is. One in which nothing is takes no room. */
export abstract class Collections<T extends Json> {
  static readonly frees: string[] = ['clear']
  static readonly [PARAMETERS]: Readonly<Record<string, readonly string[]>> = { clear: ['name'] }

  private readonly all = new SnapshotMap<string, Blocks<T>>()

  /** How many there were: none is left. */
  @command clear(name: string): number {
    const key = readName(name, 'clear(name)')
    const { length } = this.items(key)
    if (length === 0) return 0
    this.cleared(key, length)
    this.all.delete(key)
    return length
  }

  attempt(run: () => void): void {
    this.all.attempt(run)
  }

  /** Of each block `[name, number of the block, item, …]`. */
  snapshot(): Iterable<Json> {
    return sliced(written(this.all.capture()))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    const blocks = new Map<string, (readonly T[])[]>()
    for await (const chunk of chunks) {
      const [name, number, ...items] = isList(chunk) ? chunk : []
      if (typeof name !== 'string') throw new Error('a snapshot of a collection has no name')
      // One that was changed meanwhile may come twice, alike both times.
      const before = number === 0 ? [] : (blocks.get(name) ?? [])
      before.push(items.map((item) => this.readItem(item)))
      blocks.set(name, before)
    }
    for (const [name, each] of blocks) this.all.set(name, new Blocks(each))
  }

  /** Of a snapshot. @throws Error for what is none */
  protected abstract readItem(item: Json): T

  /** Tells watchers so. */
  protected abstract cleared(name: string, length: number): void

  protected items(name: string): Blocks<T> {
    return this.all.get(name) ?? new Blocks()
  }

  /** @throws OverloadedError when there is no room for one more */
  protected demandRoom(name: string, what: string): void {
    const { names, items } = COLLECTION_LIMITS
    const { length } = this.items(name)
    if (length === 0 && this.all.size >= names)
      throw new OverloadedError(`${names} are in use already, and ${what} would be one more: clear some`)
    if (length >= items)
      throw new OverloadedError(`${what} holds ${items} already: take something out of it before`)
  }

  protected put(name: string, items: Blocks<T>): void {
    if (items.length === 0) this.all.delete(name)
    else this.all.set(name, items)
  }
}

/** As many as an answer carries, at most `count`. */
export function answered<T extends Json>(items: Iterable<T>, count: number): readonly T[] {
  const found: T[] = []
  let length = 0
  for (const item of items) {
    length += JSON.stringify(item).length
    if (found.length === count || (length > ANSWER_LENGTH && found.length > 0)) break
    found.push(item)
  }
  return found
}

/** @throws InvalidParamsError, like those below */
export function readCount(count: unknown, signature: string): number {
  const { answered: most } = COLLECTION_LIMITS
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= most) return count
  throw new InvalidParamsError(`${signature}: count must be a whole number from 1 to ${most}`)
}

export function readKey(key: unknown, signature: string, what = 'key'): string {
  if (typeof key === 'string' && key.length <= COLLECTION_LIMITS.keyLength) return key
  throw new InvalidParamsError(
    `${signature}: ${what} must be a text of at most ${COLLECTION_LIMITS.keyLength} characters`,
  )
}

/** Null is none: it says that there is nothing. */
export function readItemValue(value: Json | undefined, signature: string): Json {
  if (value === undefined || value === null)
    throw new InvalidParamsError(`${signature}: value must be anything but null`)
  if (JSON.stringify(value).length <= COLLECTION_LIMITS.valueLength) return value
  throw new InvalidParamsError(
    `${signature}: value has at most ${COLLECTION_LIMITS.valueLength} characters as JSON: keep it elsewhere`,
  )
}

function* written<T extends Json>(all: Iterable<readonly [string, Blocks<T>]>): Generator<Json> {
  for (const [name, { blocks }] of all)
    for (const [number, block] of blocks.entries()) yield [name, number, ...block]
}
