/** What `kv` can be given: keys, values, and for how long. */
import { isWhole, type Json } from '../json.js'
import { InvalidParamsError } from '../rpc/errors.js'

export const KV_LIMITS = {
  ttlMs: 366 * 86_400_000,
  /** Conditions and operations of one transaction. */
  parts: 500,
  /** Of what it answers, as JSON. */
  resultsLength: 1_000_000,
}

/** @throws InvalidParamsError, like those below; `signature`: how the sentence begins. */
export function keyOf(key: unknown, signature: string): string {
  if (typeof key === 'string') return key
  throw noKey(signature)
}

export function noKey(signature: string): InvalidParamsError {
  return new InvalidParamsError(`${signature}: key must be a string`)
}

export function valueOf(value: Json | undefined, signature: string): Json {
  if (value !== undefined && value !== null) return value
  throw noValue(signature)
}

export function noValue(signature: string): InvalidParamsError {
  return new InvalidParamsError(`${signature}: value must be anything but null; delete the key instead`)
}

export function expectedOf(expected: Json | undefined, signature: string): Json {
  if (expected !== undefined) return expected
  throw new InvalidParamsError(`${signature}: expected is missing; null means absent`)
}

export function ttlOf(ttlMs: unknown, signature: string): number {
  if (isWhole(ttlMs) && ttlMs >= 1 && ttlMs <= KV_LIMITS.ttlMs) return ttlMs
  throw new InvalidParamsError(`${signature}: ttlMs must be a whole number from 1 to ${KV_LIMITS.ttlMs}`)
}
