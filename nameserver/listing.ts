/** Which records a `list` answers. */
import type { ListOptions, NameRecord } from '../lib/names.js'
import { TooLargeError } from '../lib/rpc/errors.js'
import { LIMITS } from './limits.js'
import { shown, type Registered } from './records.js'
import { searchFor, type Time } from './search.js'
import type { Search } from './searches.js'

/** A record at a time. @throws TooLargeError */
export function* searched(
  records: readonly (readonly [string, Registered])[],
  wanted: Condition,
): Search<readonly NameRecord[]> {
  const found: NameRecord[] = []
  let length = 0
  for (const [name, registered] of records) {
    yield
    const record = shown(name, registered)
    if (!wanted(name, record.metadata)) continue
    found.push(record)
    length += lengthOf(record)
    if (length > LIMITS.listLength) throw new TooLargeError('the list is too long: ask by prefix or by tags')
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
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
