import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { command, query } from '../../lib/replica/marks.js'
import { commandContext } from '../../lib/replica/context.js'

export interface LogEntry {
  /** Place in this list, from 1 without a gap; not the place in the Raft log. */
  readonly index: number
  /** The term in which it was appended. */
  readonly term: number
  readonly command: string
}

/** Most entries that one call of `entries` returns. */
const ENTRIES_MAX = 1000

/** An append-only list of texts with an index of its own. */
export class Log {
  readonly list: LogEntry[] = []

  @command append(text: string): { index: number; term: number } {
    if (typeof text !== 'string') throw new InvalidParamsError('append(text): text must be a string')
    const entry = { index: this.list.length + 1, term: commandContext().term, command: text }
    this.list.push(entry)
    return { index: entry.index, term: entry.term }
  }

  /** Null beyond the end. */
  @query entry(index: number): LogEntry | null {
    return this.list[wholeFrom(1, index, 'entry(index): index') - 1] ?? null
  }

  @query entries(from: number, count: number): readonly LogEntry[] {
    const start = wholeFrom(1, from, 'entries(from, count): from') - 1
    const length = Math.min(wholeFrom(0, count, 'entries(from, count): count'), ENTRIES_MAX)
    return this.list.slice(start, start + length)
  }

  @query length(): number {
    return this.list.length
  }
}

function wholeFrom(least: number, value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw new InvalidParamsError(`${what} must be a whole number from ${least} up`)
}
