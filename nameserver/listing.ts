/** Which records a `list` answers, and how. */
import type { ListOptions, NameRecord } from '../lib/names.js'
import { listText } from '../lib/replica/objects/list-text.js'
import { sortedOnce, type Steps } from '../lib/replica/objects/stepwise.js'
import { TooLargeError } from '../lib/rpc/errors.js'
import type { JsonText } from '../lib/rpc/exposed.js'
import { LIMITS } from './limits.js'
import { living, shown, type Registered } from './records.js'
import { searchFor, type Time } from './search.js'
import type { Search } from './searches.js'

/** A record at a time, in any order, one maybe twice, as of that log time. @throws TooLargeError */
export function* searched(
  records: Iterable<readonly [string, Registered]>,
  time: number,
  wanted: Condition,
): Search<readonly NameRecord[]> {
  const found: NameRecord[] = []
  let length = 0
  for (const [name, registered] of records) {
    yield
    const live = living(registered, time)
    if (live === undefined) continue
    const record = shown(name, live)
    if (!wanted(name, record.metadata)) continue
    found.push(record)
    length += lengthOf(record)
    if (length > LIMITS.listLength) throw new TooLargeError('the list is too long: ask by prefix or by tags')
  }
  return found
}

/** By their names, each once, as JSON. */
export function* recordsText(records: readonly NameRecord[]): Steps<JsonText> {
  const sorted = yield* sortedOnce(records, ({ name }) => name)
  return yield* listText(sorted, lengthOf)
}

function lengthOf({ name, uri, metadata, uris = [] }: NameRecord): number {
  return name.length + uri.length + metadata.join().length + uris.join().length
}

export type Condition = (name: string, metadata: readonly string[]) => boolean

/** @throws InvalidParamsError for an expression that is none */
export function condition({ prefix = '', regex, all = [], any }: ListOptions, clock: Time): Condition {
  const isFound = regex === undefined ? undefined : searchFor(regex, clock)
  return (name, metadata) =>
    name.startsWith(prefix) &&
    all.every((tag) => metadata.includes(tag)) &&
    (any === undefined || any.some((tag) => metadata.includes(tag))) &&
    (isFound === undefined || isFound(name))
}
