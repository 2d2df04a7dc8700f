import { isList, type Json } from '../json.js'
import { InvalidParamsError, TooLargeError } from '../rpc/errors.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { sliced } from '../replica/objects/sliced.js'
import { SnapshotMap } from '../replica/objects/snapshot-map.js'
import {
  completed,
  sortedOnce,
  STEPWISE,
  type Steps,
  type StepwiseQueries,
} from '../replica/objects/stepwise.js'

/**
 * `kv` as its callers see it, with values of one type: `rollcall.object<Kv<User>>('kv')`. Nobody checks that they are.
 */
export interface Kv<V = Json> {
  /** The value before, or null. */
  set(key: string, value: V): V | null
  /** Null: it is not there. */
  get(key: string): V | null
  /** Whether it was there. */
  delete(key: string): boolean
  /** Sets the value if the present one equals `expected`, and says whether it did; null means absent. */
  cas(key: string, expected: V | null, value: V): boolean
  /** Those that begin with `prefix`, by default all, sorted by UTF-16 units. */
  keys(prefix?: string): readonly string[]
}

/**
 * Keys and values. Null is not a value: it stands for a key that is not there. Each change is an event `{value}` under
 * the key as its topic, with the value null when the key is deleted.
 */
export class KeyValue implements Kv {
  static readonly frees = ['delete']
  static readonly [PARAMETERS] = {
    set: ['key', 'value'],
    get: ['key'],
    delete: ['key'],
    cas: ['key', 'expected', 'value'],
    keys: ['prefix'],
  }

  readonly pairs = new SnapshotMap<string, Json>()

  /** The value before, or null. */
  @command set(key: string, value: Json): Json {
    const before = this.pairs.get(keyOf(key, 'set(key, value)')) ?? null
    this.put(key, valueOf(value, 'set(key, value)'))
    return before
  }

  @query get(key: string): Json {
    return this.pairs.get(keyOf(key, 'get(key)')) ?? null
  }

  /** Whether it was there. */
  @command delete(key: string): boolean {
    if (!this.pairs.delete(keyOf(key, 'delete(key)'))) return false
    commandContext().emit(key, { value: null })
    return true
  }

  /** Sets the value if the present one equals `expected`, and says whether it did; null means absent. */
  @command cas(key: string, expected: Json, value: Json): boolean {
    const signature = 'cas(key, expected, value)'
    const present = expectedOf(expected, signature)
    const wanted = valueOf(value, signature)
    if (!equal(this.pairs.get(keyOf(key, signature)) ?? null, present)) return false
    this.put(key, wanted)
    return true
  }

  /** Sorted by UTF-16 units. More than {@link KEYS_LENGTH_MAX} characters of them are refused as TOO_LARGE. */
  @query keys(prefix: string = ''): readonly string[] {
    return completed(this.keysBitByBit(prefix))
  }

  get [STEPWISE](): StepwiseQueries {
    return { keys: (prefix = '') => this.keysBitByBit(prefix) }
  }

  attempt(run: () => void): void {
    this.pairs.attempt(run)
  }

  /**
   * Chunks `[key, value, key, value, …]`, some keys in each: one by one a million of them would take seconds to
   * restore.
   */
  snapshot(): Iterable<Json> {
    return sliced(grouped(this.pairs.capture()))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) {
      for (const [key, value] of pairsIn(chunk)) this.pairs.set(key, value)
    }
  }

  private *keysBitByBit(prefix: Json): Steps<readonly string[]> {
    if (typeof prefix !== 'string') throw new InvalidParamsError('keys(prefix): prefix must be a string')
    const found: string[] = []
    let length = 0
    let seen = 0
    for (const [key] of this.pairs.capture()) {
      if (++seen % KEYS_AT_ONCE === 0) yield
      if (!key.startsWith(prefix)) continue
      found.push(key)
      length += key.length
      if (length > KEYS_LENGTH_MAX) throw tooMany(prefix)
    }
    // One that was set meanwhile may have come twice.
    return yield* sortedOnce(found)
  }

  /** In this order: an event that can't be emitted is an error of the command, and then nothing must have changed. */
  private put(key: string, value: Json): void {
    commandContext().emit(key, { value })
    this.pairs.set(key, value)
  }
}

/** Others are heard after so many. */
const KEYS_AT_ONCE = 256
/** No answer can carry more. */
const KEYS_LENGTH_MAX = 16 * 1024 * 1024

function tooMany(prefix: string): TooLargeError {
  return new TooLargeError(
    `keys(prefix): more than ${KEYS_LENGTH_MAX} characters of keys begin with ` +
      `${JSON.stringify(prefix.slice(0, 100))}: give longer prefixes, one after another`,
  )
}

/** A chunk is full when it has so many keys, or about so many characters. */
const CHUNK_KEYS = 64
const CHUNK_LENGTH = 8 * 1024

function* grouped(pairs: Iterable<readonly [string, Json]>): Generator<Json> {
  let chunk: Json[] = []
  let length = 0
  for (const [key, value] of pairs) {
    chunk.push(key, value)
    length += key.length + lengthOf(value)
    if (chunk.length < CHUNK_KEYS * 2 && length < CHUNK_LENGTH) continue
    yield chunk
    chunk = []
    length = 0
  }
  if (chunk.length > 0) yield chunk
}

function* pairsIn(chunk: Json): Generator<readonly [string, Json]> {
  const flat = isList(chunk) ? chunk : [null]
  for (let at = 0; at < flat.length; at += 2) {
    const key = flat[at]
    const value = flat[at + 1]
    if (typeof key !== 'string' || value === undefined) throw new Error('a snapshot of kv holds no pairs')
    yield [key, value]
  }
}

/** How long a list or an object is shows only when it is written out, so it fills its chunk. */
function lengthOf(value: Json): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'object' ? CHUNK_LENGTH : 8
}

function keyOf(key: unknown, signature: string): string {
  if (typeof key === 'string') return key
  throw new InvalidParamsError(`${signature}: key must be a string`)
}

function valueOf(value: Json | undefined, signature: string): Json {
  if (value !== undefined && value !== null) return value
  throw new InvalidParamsError(`${signature}: value must be anything but null; delete the key instead`)
}

function expectedOf(expected: Json | undefined, signature: string): Json {
  if (expected !== undefined) return expected
  throw new InvalidParamsError(`${signature}: expected is missing; null means absent`)
}

/** Deep equality of what JSON can carry; the order of an object's members does not count. */
function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (isList(a) || isList(b)) {
    return isList(a) && isList(b) && a.length === b.length && a.every((each, at) => equal(each, b[at]))
  }
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return (
    left.size === right.size &&
    [...left].every(([name, value]) => right.has(name) && equal(value, right.get(name)))
  )
}
