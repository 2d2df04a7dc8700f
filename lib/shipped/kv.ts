import { isWhole, membersOf, type Json } from '../json.js'
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
import { equal } from './equal.js'
import { expectedOf, keyOf, noKey, noValue, ttlOf, valueOf } from './kv-params.js'
import {
  demandShort,
  readTransaction,
  type Condition,
  type KvTransacted,
  type KvTransaction,
  type Operation,
} from './kv-transaction.js'
import { grouped, pairsIn } from './pair-chunks.js'
import { TimedMap } from './timed-map.js'

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
  /**
   * As `set`, and after so long, in milliseconds of the log, the key is deleted by itself, unless it is set, or touched,
   * before.
   */
  setFor(key: string, value: V, ttlMs: number): V | null
  /** From now on the key ends after so long; null: it stays. Whether it is there. */
  touch(key: string, ttlMs: number | null): boolean
  /** When it ends, in milliseconds of the log since 1970. Null: it does not, or is not there. */
  endsAt(key: string): number | null
  /** What is to be done if all conditions hold, else what is to be done otherwise: as one command, all of it or nothing. */
  transact(transaction: KvTransaction<V>): KvTransacted<V>
}

/**
 * Keys and values. Null is not a value: it stands for a key that is not there. Each change is an event `{value}` under
 * the key as its topic, with the value null when the key is deleted, and with `expired: true` beside it when its time
 * was over.
 */
export class KeyValue implements Kv {
  static readonly frees = ['delete']
  static readonly [PARAMETERS] = {
    set: ['key', 'value'],
    get: ['key'],
    delete: ['key'],
    cas: ['key', 'expected', 'value'],
    keys: ['prefix'],
    setFor: ['key', 'value', 'ttlMs'],
    touch: ['key', 'ttlMs'],
    endsAt: ['key'],
    transact: ['transaction'],
  }

  readonly pairs = new SnapshotMap<string, Json>()
  /** Of the keys that end by themselves: when. Undefined: none ever did. */
  private ends: TimedMap<number> | undefined

  /** The value before, or null. */
  @command set(key: string, value: Json): Json {
    if (typeof key !== 'string') throw noKey('set(key, value)')
    if (typeof value === 'undefined' || value === null) throw noValue('set(key, value)')
    const before = this.pairs.get(key) ?? null
    this.put(key, value)
    return before
  }

  @query get(key: string): Json {
    if (typeof key !== 'string') throw noKey('get(key)')
    return this.pairs.get(key) ?? null
  }

  /** Whether it was there. */
  @command delete(key: string): boolean {
    return this.#remove(keyOf(key, 'delete(key)'))
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

  @command setFor(key: string, value: Json, ttlMs: number): Json {
    const signature = 'setFor(key, value, ttlMs)'
    const before = this.pairs.get(keyOf(key, signature)) ?? null
    const lasting = ttlOf(ttlMs, signature)
    this.put(key, valueOf(value, signature))
    this.#endAfter(key, lasting)
    return before
  }

  @command touch(key: string, ttlMs: number | null): boolean {
    const signature = 'touch(key, ttlMs)'
    if (ttlMs !== null) ttlOf(ttlMs, signature)
    if (!this.pairs.has(keyOf(key, signature))) return false
    if (ttlMs === null) this.ends?.delete(key)
    else this.#endAfter(key, ttlMs)
    return true
  }

  @query endsAt(key: string): number | null {
    return this.ends?.get(keyOf(key, 'endsAt(key)')) ?? null
  }

  @command transact(transaction: KvTransaction): KvTransacted {
    const { conditions, then, otherwise } = readTransaction(transaction)
    const succeeded = conditions.every((condition) => this.#holds(condition))
    let results: readonly Json[] = []
    this.attempt(() => {
      results = (succeeded ? then : otherwise).map((operation) => this.#operate(operation))
      demandShort(results)
    })
    return { succeeded, results }
  }

  nextExpiry(): number | undefined {
    return this.ends?.nextEnd
  }

  expire(): boolean {
    const { now } = commandContext()
    for (let left = ENDS_AT_ONCE, length = 0; left > 0 && length < ENDS_LENGTH; left--) {
      const over = this.ends?.takeOver(now)
      if (over === undefined) return false
      const [key] = over
      this.#remove(key, { expired: true })
      length += key.length
    }
    return true
  }

  get [STEPWISE](): StepwiseQueries {
    return { keys: (prefix = '') => this.keysBitByBit(prefix) }
  }

  attempt(run: () => void): void {
    const ends = this.#ending()
    this.pairs.attempt(() => ends.attempt(run))
  }

  /** Chunks of pairs, then of keys that end by themselves `{ends: [key, time, key, time, …]}`. */
  snapshot(): Iterable<Json> {
    return sliced(grouped(this.pairs.capture()), ended(grouped(this.ends?.capture() ?? [])))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) {
      const { ends } = membersOf(chunk)
      if (ends === undefined) for (const [key, value] of pairsIn(chunk)) this.pairs.set(key, value)
      else for (const [key, end] of pairsIn(ends)) this.#ending().set(key, isWhole(end) ? end : 0)
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
    return yield* sortedOnce(found, (key) => key)
  }

  /** In this order: an event that can't be emitted is an error of the command, and then nothing must have changed. */
  private put(key: string, value: Json): void {
    commandContext().emit(key, { value })
    this.pairs.set(key, value)
    this.ends?.delete(key)
  }

  /** Whether it was there. */
  #remove(key: string, more: Readonly<Record<string, boolean>> = {}): boolean {
    if (!this.pairs.delete(key)) return false
    this.ends?.delete(key)
    commandContext().emit(key, { value: null, ...more })
    return true
  }

  #endAfter(key: string, ttlMs: number): void {
    this.#ending().set(key, commandContext().now + ttlMs)
  }

  #ending(): TimedMap<number> {
    return (this.ends ??= new TimedMap((end) => end))
  }

  #holds({ key, value, isEqual }: Condition): boolean {
    return equal(this.pairs.get(key) ?? null, value) === isEqual
  }

  #operate(operation: Operation): Json {
    switch (operation.kind) {
      case 'get':
        return this.get(operation.key)
      case 'set':
        return operation.ttlMs === undefined
          ? this.set(operation.key, operation.value)
          : this.setFor(operation.key, operation.value, operation.ttlMs)
      case 'delete':
        return this.delete(operation.key)
    }
  }
}

/** Of one entry: each is an event, and a command emits only so many, and so much. */
const ENDS_AT_ONCE = 500
const ENDS_LENGTH = 512 * 1024

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

function* ended(chunks: Iterable<Json>): Generator<Json> {
  for (const ends of chunks) yield { ends }
}
