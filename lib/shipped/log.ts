import { isList, isWhole, type Json } from '../json.js'
import { CompactedError, InvalidParamsError } from '../rpc/errors.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { sliced } from '../replica/objects/sliced.js'
import { AppendOnly } from './append-only.js'

/** One text of the log, with its place. */
export interface LogItem {
  /** Place in this list, from 1 without a gap; not the place in the Raft log. */
  readonly index: number
  /** The term in which it was appended. */
  readonly term: number
  readonly command: string
}

/** Most entries that one call of `entries` returns, and most UTF-16 units of their texts beyond the first one's. */
const ENTRIES_MAX = 1000
const ENTRIES_SIZE_MAX = 1024 * 1024

/** An append-only list of texts with an index of its own, dense from 1. */
export class Log {
  static readonly [PARAMETERS] = {
    append: ['text'],
    entry: ['index'],
    entries: ['from', 'count'],
    length: [],
  }

  readonly #keep: number
  #list: AppendOnly<LogItem>

  /** `keep`: so many of the newest entries can be read, 1 or more; the same on every member. Default all. */
  constructor(keep: number = Infinity) {
    if (!(keep >= 1)) throw new RangeError(`the log keeps 1 entry or more, not ${keep}`)
    this.#keep = keep
    this.#list = new AppendOnly(keep)
  }

  @command append(text: string): { index: number; term: number } {
    if (typeof text !== 'string') throw new InvalidParamsError('append(text): text must be a string')
    const entry = { index: this.#list.next, term: commandContext().term, command: text }
    this.#list.push(entry)
    return { index: entry.index, term: entry.term }
  }

  /** Null beyond the end. @throws CompactedError below what is kept. */
  @query entry(index: number): LogItem | null {
    return this.#list.at(this.#kept(wholeFrom(1, index, 'entry(index): index'))) ?? null
  }

  /**
   * Up to 1,000 entries, and up to 1 MiB of texts beyond the first entry. @throws CompactedError when `from` is below
   * what is kept.
   */
  @query entries(from: number, count: number): readonly LogItem[] {
    const start = this.#kept(wholeFrom(1, from, 'entries(from, count): from'))
    const length = Math.min(wholeFrom(0, count, 'entries(from, count): count'), ENTRIES_MAX)
    const found: LogItem[] = []
    let size = 0
    for (let at = start; at < Math.min(start + length, this.#list.next); at++) {
      const entry = this.#list.at(at)
      if (entry === undefined) continue
      size += entry.command.length
      if (size > ENTRIES_SIZE_MAX && found.length > 0) break
      found.push(entry)
    }
    return found
  }

  /** Of all that was ever appended. */
  @query length(): number {
    return this.#list.next - 1
  }

  #kept(index: number): number {
    const oldest = this.#list.first
    if (index >= oldest) return index
    throw new CompactedError(`entry ${index} is not kept any more: the oldest is ${oldest}`, {
      data: { oldest },
    })
  }

  attempt(run: () => void): void {
    this.#list.attempt(run)
  }

  /** The index of the first entry, then one chunk `[term, command]` for each. */
  snapshot(): Iterable<Json> {
    return sliced(chunks(this.#list.first, this.#list.values()))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) {
      if (isWhole(chunk) && chunk >= 1) this.#list = new AppendOnly(this.#keep, chunk)
      else this.#list.push({ index: this.#list.next, ...itemOf(chunk) })
    }
  }
}

function* chunks(first: number, entries: Iterable<LogItem>): Generator<Json> {
  yield first
  for (const { term, command } of entries) yield [term, command]
}

function itemOf(chunk: Json): Omit<LogItem, 'index'> {
  const [term, command] = isList(chunk) ? chunk : []
  if (isWhole(term) && typeof command === 'string') return { term, command }
  throw new Error('a snapshot of log holds what is no entry')
}

function wholeFrom(least: number, value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw new InvalidParamsError(`${what} must be a whole number from ${least} up`)
}
