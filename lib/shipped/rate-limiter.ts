import { isList, isObject, isWhole, membersOf, type Json } from '../json.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS } from '../replica/objects/marks.js'
import { sliced } from '../replica/objects/sliced.js'
import { InvalidParamsError, OverloadedError } from '../rpc/errors.js'
import { demandKnown, readWhole } from './read-params.js'
import { TimedMap } from './timed-map.js'
import { readName } from './turns.js'

/** How much may be taken. */
export interface Rate {
  /** At once, after a rest; and so many come back in each `perMs`, evenly. 1 to 1,000,000. */
  readonly permits: number
  /** Milliseconds of the log, 1 to 86,400,000. */
  readonly perMs: number
}

/** Taken, and so many are left now; or nothing was, and it is worth while to ask again after so long. */
export type RateAnswer =
  { readonly allowed: true; readonly left: number } | { readonly allowed: false; readonly waitMs: number }

export const RATE_LIMITS = {
  /** Those that have less than all of their permits now. */
  keys: 100_000,
  keyLength: 512,
  permits: 1_000_000,
  perMs: 86_400_000,
}
/** Those that have all of their permits again are forgotten together, once in so long. */
const SWEPT_MS = 10_000
const ENDS_AT_ONCE = 5_000

/**
 * What a permit counts is `perMs` units, of which each millisecond brings back `permits`: so that all that is reckoned
 * with are whole numbers.
 */
interface Bucket extends Rate {
  /** As of `at`. */
  readonly spent: number
  readonly at: number
}

/** Limiters by name, each with a bucket of permits for each key, which fills by log time. */
export class RateLimiter {
  static readonly frees = ['reset']
  static readonly [PARAMETERS] = { take: ['name', 'key', 'count', 'rate'], reset: ['name', 'key'] }

  readonly #buckets = new TimedMap(sweptAt)

  /** All of them or none. How many there are is as the last one says who takes. */
  @command take(name: string, key: string, count: number, rate: Rate): RateAnswer {
    const signature = 'take(name, key, count, rate)'
    const bucketKey = readKey(name, key, signature)
    const { permits, perMs } = readRate(rate, signature)
    const cost = readWhole(count, 1, permits, `${signature}: count`) * perMs
    const { now } = commandContext()
    const before = this.#buckets.get(bucketKey)
    if (before === undefined && this.#buckets.size >= RATE_LIMITS.keys)
      throw new OverloadedError(
        `${RATE_LIMITS.keys} keys of limiters have permits missing already: ask again later`,
      )
    const spent = (before === undefined ? 0 : spentBy(before, now, { permits, perMs })) + cost
    const over = spent - permits * perMs
    if (over > 0) return { allowed: false, waitMs: Math.ceil(over / permits) }
    this.#put(bucketKey, { permits, perMs, spent, at: now })
    return { allowed: true, left: Math.floor(-over / perMs) }
  }

  /** Whether permits were missing: it has all of them again. */
  @command reset(name: string, key: string): boolean {
    const bucketKey = readKey(name, key, 'reset(name, key)')
    return this.#buckets.delete(bucketKey)
  }

  nextExpiry(): number | undefined {
    return this.#buckets.nextEnd
  }

  /** Who has all permits again is as one that nobody has heard of. */
  expire(): boolean {
    const { now } = commandContext()
    for (let left = ENDS_AT_ONCE; left > 0; left--) {
      const over = this.#buckets.takeOver(now)
      if (over === undefined) return false
      this.#buckets.delete(over[0])
    }
    return true
  }

  attempt(run: () => void): void {
    this.#buckets.attempt(run)
  }

  /** Of each key `[key, permits, perMs, spent, at]`. */
  snapshot(): Iterable<Json> {
    return sliced(written(this.#buckets.capture()))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) this.#put(...read(chunk))
  }

  #put(key: string, bucket: Bucket): void {
    this.#buckets.set(key, bucket)
  }
}

/** At another rate as many permits are missing as before, but no more than there are. */
function spentBy(before: Bucket, now: number, { permits, perMs }: Rate): number {
  const passed = Math.min(now - before.at, before.perMs)
  const spent = Math.max(0, before.spent - passed * before.permits)
  if (before.permits === permits && before.perMs === perMs) return spent
  return Math.min(Math.ceil((spent / before.perMs) * perMs), permits * perMs)
}

function sweptAt({ permits, spent, at }: Bucket): number {
  return Math.ceil((at + spent / permits) / SWEPT_MS) * SWEPT_MS
}

function readKey(name: unknown, key: unknown, signature: string): string {
  if (typeof key === 'string' && key.length <= RATE_LIMITS.keyLength)
    return JSON.stringify([readName(name, signature), key])
  throw new InvalidParamsError(
    `${signature}: key must be a text of at most ${RATE_LIMITS.keyLength} characters`,
  )
}

function readRate(rate: unknown, signature: string): Rate {
  const { permits, perMs, ...others } = membersOf(rate)
  demandKnown(isObject(rate) ? rate : null, others, `${signature}: rate is {permits, perMs}`)
  return {
    permits: readWhole(permits, 1, RATE_LIMITS.permits, `${signature}: permits`),
    perMs: readWhole(perMs, 1, RATE_LIMITS.perMs, `${signature}: perMs`),
  }
}

function* written(buckets: Iterable<readonly [string, Bucket]>): Generator<Json> {
  for (const [key, { permits, perMs, spent, at }] of buckets) yield [key, permits, perMs, spent, at]
}

function read(chunk: Json): readonly [string, Bucket] {
  const [key, permits, perMs, spent, at] = isList(chunk) ? chunk : []
  if (typeof key !== 'string' || !isWhole(permits) || !isWhole(perMs)) throw strange()
  if (permits === 0 || !isWhole(spent) || !isWhole(at)) throw strange()
  return [key, { permits, perMs, spent, at }]
}

const strange = (): Error => new Error('a snapshot of rateLimiter holds what is no bucket')
