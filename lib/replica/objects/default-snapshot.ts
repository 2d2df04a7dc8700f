/**
 * The snapshot of an object that does not take its own: all its own enumerable fields. Its chunks are
 *
 *     [field, "value", value]   [field, "list", [value, …]]   [field, "map", [[key, value], …]]   [field, "set", [value, …]]
 *
 * with values as `tagged.ts` writes them. A large list, Map or Set goes on in further chunks of the same field.
 */
import type { Json } from '../../json.js'
import type { Met } from './tagged.js'
import { listOf, meet, pair, tagged, UnsuitableValueError, untagged, untaggedPairs } from './tagged.js'

/** Members of a collection in one chunk. */
const CHUNK_MEMBERS = 256

/** @throws UnsuitableValueError naming the first field that can't be carried. */
export function* fieldChunks(instance: object): Generator<Json> {
  const met: Met = new Map([[instance, 'the object itself']])
  const [symbol] = Object.getOwnPropertySymbols(instance)
  if (symbol !== undefined) throw new UnsuitableValueError(`${String(symbol)} is a field without a name`)
  for (const field of Object.keys(instance)) {
    const property = Object.getOwnPropertyDescriptor(instance, field)
    if (property?.get !== undefined) throw new UnsuitableValueError(`${field} is an accessor`)
    yield* chunksOf(field, property?.value, met)
  }
}

function* chunksOf(field: string, value: unknown, met: Met): Generator<Json> {
  if (Array.isArray(value)) {
    meet(value, field, met)
    yield* grouped(field, 'list', value, (each: unknown) => tagged(each, `a member of ${field}`, met))
  } else if (value instanceof Map && Object.getPrototypeOf(value) === Map.prototype) {
    meet(value, field, met)
    const entries: Iterable<readonly [unknown, unknown]> = value
    yield* grouped(field, 'map', entries, ([key, each]) => pair(key, each, field, met))
  } else if (value instanceof Set && Object.getPrototypeOf(value) === Set.prototype) {
    meet(value, field, met)
    yield* grouped(field, 'set', value, (each: unknown) => tagged(each, `a member of ${field}`, met))
  } else {
    yield [field, 'value', tagged(value, field, met)]
  }
}

/** One group at least, so that an empty collection is there too. */
function* grouped<T>(
  field: string,
  kind: string,
  members: Iterable<T>,
  write: (member: T) => Json,
): Generator<Json> {
  let group: Json[] = []
  for (const member of members) {
    if (group.length === CHUNK_MEMBERS) {
      yield [field, kind, group]
      group = []
    }
    group.push(write(member))
  }
  yield [field, kind, group]
}

/** Gives `instance` the fields that were written, and takes away those that it had not then. */
export async function restoreFields(instance: object, chunks: AsyncIterable<Json>): Promise<void> {
  const fields = await fieldsOf(chunks)
  for (const name of Object.keys(instance))
    if (!Object.hasOwn(fields, name)) Reflect.deleteProperty(instance, name)
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(instance, name, { value, writable: true, enumerable: true, configurable: true })
  }
}

/**
 * The fields of a snapshot that was taken by default, Maps and Sets as they were: for the `upgrade` of a class whose
 * older version had no `snapshot` of its own. Rejects when the chunks are another kind of snapshot.
 */
export async function fieldsOf(chunks: AsyncIterable<Json>): Promise<Readonly<Record<string, unknown>>> {
  const fields = new Map<string, unknown>()
  for await (const chunk of chunks) {
    const [field, kind, content, ...rest] = listOf(chunk)
    if (typeof field !== 'string' || content === undefined || rest.length > 0) throw otherKind()
    fields.set(field, read(fields.get(field), kind, content))
  }
  return Object.fromEntries(fields)
}

function read(before: unknown, kind: Json | undefined, content: Json): unknown {
  switch (kind) {
    case 'value':
      return untagged(content)
    case 'list':
      return addTo(before instanceof Array ? before : [], content)
    case 'map':
      return setIn(before instanceof Map ? before : new Map(), content)
    case 'set':
      return joinTo(before instanceof Set ? before : new Set(), content)
    default:
      throw otherKind()
  }
}

function addTo(list: unknown[], content: Json): unknown[] {
  for (const each of listOf(content)) list.push(untagged(each))
  return list
}

function setIn(map: Map<unknown, unknown>, content: Json): Map<unknown, unknown> {
  for (const [key, value] of untaggedPairs(content)) map.set(key, value)
  return map
}

function joinTo(set: Set<unknown>, content: Json): Set<unknown> {
  for (const each of listOf(content)) set.add(untagged(each))
  return set
}

function otherKind(): Error {
  return new Error('the snapshot was not taken by default: the class had a snapshot() of its own then')
}
