/**
 * The snapshot of an object that does not take its own: all its own enumerable fields. Its chunks are
 *
 *     [field, "value", value]             [field, "list", [value, …]]
 *     [field, "map", [[key, value], …]]   [field, "set", [value, …]]
 *
 * with tags as `lib/values/tags.ts` has them. A large list, Map or Set goes on in further chunks of the same field.
 */
import { isList, type Json } from '../../json.js'
import { read, type Reading } from '../../values/decoded.js'
import { written, writtenPair } from '../../values/encoded.js'
import { UnsuitableValueError } from '../../values/unsuitable.js'
import { MetOnce } from './met-once.js'

/** Members of a collection in one chunk. */
const CHUNK_MEMBERS = 256

/** @throws UnsuitableValueError naming the first field that can't be carried. */
export function* fieldChunks(instance: object): Generator<Json> {
  const met = new MetOnce()
  met.enter(instance, 'the object itself')
  const [symbol] = Object.getOwnPropertySymbols(instance)
  if (symbol !== undefined) throw new UnsuitableValueError(`${String(symbol)} is a field without a name`)
  for (const field of Object.keys(instance)) {
    const property = Object.getOwnPropertyDescriptor(instance, field)
    if (property?.get !== undefined) throw new UnsuitableValueError(`${field} is an accessor`)
    yield* chunksOf(field, property?.value, met)
  }
}

function* chunksOf(field: string, value: unknown, met: MetOnce): Generator<Json> {
  if (Array.isArray(value)) {
    met.enter(value, field)
    yield* grouped(field, 'list', value, (each: unknown) => written(each, `a member of ${field}`, met))
  } else if (value instanceof Map && Object.getPrototypeOf(value) === Map.prototype) {
    met.enter(value, field)
    const entries: Iterable<readonly [unknown, unknown]> = value
    yield* grouped(field, 'map', entries, ([key, each]) => writtenPair(key, each, field, met))
  } else if (value instanceof Set && Object.getPrototypeOf(value) === Set.prototype) {
    met.enter(value, field)
    yield* grouped(field, 'set', value, (each: unknown) => written(each, `a member of ${field}`, met))
  } else {
    yield [field, 'value', written(value, field, met)]
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
  putFields(instance, await fieldsOf(chunks))
}

/** Runs `run`; if it throws, the instance has the fields that it had before. The price is that of a snapshot of it. */
export function attemptFields(instance: object, run: () => void): void {
  const before = [...fieldChunks(instance)]
  try {
    run()
  } catch (error) {
    const fields = new Map<string, unknown>()
    for (const chunk of before) addChunk(fields, chunk)
    putFields(instance, Object.fromEntries(fields))
    throw error
  }
}

function putFields(instance: object, fields: Readonly<Record<string, unknown>>): void {
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
  for await (const chunk of chunks) addChunk(fields, chunk)
  return Object.fromEntries(fields)
}

function addChunk(fields: Map<string, unknown>, chunk: Json): void {
  const [field, kind, content, ...rest] = listOf(chunk)
  if (typeof field !== 'string' || content === undefined || rest.length > 0) throw otherKind()
  fields.set(field, more(fields.get(field), field, kind, content))
}

/** As deep as the state was that was written. */
const ALL: Reading = { depthMax: Infinity }

function more(before: unknown, field: string, kind: Json | undefined, content: Json): unknown {
  switch (kind) {
    case 'value':
      return read(content, field, ALL)
    case 'list':
      return addTo(before instanceof Array ? before : [], valuesOf(content, field))
    case 'map':
      return setIn(before instanceof Map ? before : new Map(), valuesOf(content, field))
    case 'set':
      return joinTo(before instanceof Set ? before : new Set(), valuesOf(content, field))
    default:
      throw otherKind()
  }
}

function valuesOf(content: Json, field: string): readonly unknown[] {
  return listOf(content).map((each) => read(each, `a member of ${field}`, ALL))
}

function addTo(list: unknown[], content: readonly unknown[]): unknown[] {
  for (const each of content) list.push(each)
  return list
}

function setIn(map: Map<unknown, unknown>, content: readonly unknown[]): Map<unknown, unknown> {
  for (const pair of content) {
    const [key, value] = isList(pair) ? pair : []
    map.set(key, value)
  }
  return map
}

function joinTo(set: Set<unknown>, content: readonly unknown[]): Set<unknown> {
  for (const each of content) set.add(each)
  return set
}

function listOf(json: Json | undefined): readonly Json[] {
  if (isList(json)) return json
  throw new Error('a snapshot holds something else where a list must be')
}

function otherKind(): Error {
  return new Error('the snapshot was not taken by default: the class had a snapshot() of its own then')
}
