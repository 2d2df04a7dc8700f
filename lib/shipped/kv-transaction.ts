/**
 * Several keys of `kv` in one command, as etcd has it: what must hold, what is done then, and what is done otherwise.
 */
import { isList, isObject, membersOf, type Json, type JsonObject } from '../json.js'
import { InvalidParamsError, TooLargeError } from '../rpc/errors.js'
import { KV_LIMITS, keyOf, ttlOf, valueOf } from './kv-params.js'

/** What must hold of a key; null stands for a key that is not there. */
export type KvCondition<V = Json> =
  { readonly key: string; readonly equals: V | null } | { readonly key: string; readonly differs: V | null }

/** What is done with a key, as the method of that name does it; with `ttlMs` as `setFor`. */
export type KvOperation<V = Json> =
  | { readonly get: string }
  | { readonly set: string; readonly value: V; readonly ttlMs?: number }
  | { readonly delete: string }

/** At most 500 conditions and operations together. */
export type KvTransaction<V = Json> = {
  /** Empty: it holds. */
  readonly if: readonly KvCondition<V>[]
  readonly then: readonly KvOperation<V>[]
  /** Default: nothing. */
  readonly else?: readonly KvOperation<V>[]
}

/** What a transaction came to. */
export interface KvTransacted<V = Json> {
  /** Whether all conditions held, and `then` was done. */
  readonly succeeded: boolean
  /** Of each operation that was done: the value, or the value before, or null; of `delete` whether it was there. */
  readonly results: readonly (V | boolean | null)[]
}

export interface Condition {
  readonly key: string
  readonly value: Json
  readonly isEqual: boolean
}

export type Operation =
  | { readonly kind: 'get' | 'delete'; readonly key: string }
  | { readonly kind: 'set'; readonly key: string; readonly value: Json; readonly ttlMs: number | undefined }

const SIGNATURE = 'transact(transaction)'

/** @throws InvalidParamsError */
export function readTransaction(transaction: Json): {
  readonly conditions: readonly Condition[]
  readonly then: readonly Operation[]
  readonly otherwise: readonly Operation[]
} {
  const { if: conditions, then, else: otherwise = [], ...others } = membersOf(transaction)
  const hasMore = Object.keys(others).length > 0
  if (!isList(conditions) || !isList(then) || !isList(otherwise) || hasMore)
    throw new InvalidParamsError(`${SIGNATURE}: transaction must be {if: […], then: […], else: […]}`)
  if (conditions.length + then.length + otherwise.length > KV_LIMITS.parts)
    throw new InvalidParamsError(
      `${SIGNATURE}: a transaction has at most ${KV_LIMITS.parts} conditions and operations`,
    )
  return {
    conditions: conditions.map((each, at) => readCondition(each, `${SIGNATURE}: if[${at}]`)),
    then: then.map((each, at) => readOperation(each, `${SIGNATURE}: then[${at}]`)),
    otherwise: otherwise.map((each, at) => readOperation(each, `${SIGNATURE}: else[${at}]`)),
  }
}

/** @throws TooLargeError */
export function demandShort(results: readonly Json[]): void {
  if (JSON.stringify(results).length <= KV_LIMITS.resultsLength) return
  throw new TooLargeError(
    `${SIGNATURE}: the results have at most ${KV_LIMITS.resultsLength} characters together; nothing was changed`,
  )
}

function readCondition(condition: Json, where: string): Condition {
  const form = 'must be {key, equals} or {key, differs}'
  const { key, equals, differs } = exactly(condition, ['key', 'equals', 'differs'], `${where} ${form}`)
  const value = equals === undefined ? differs : equals
  if ((equals === undefined) === (differs === undefined) || value === undefined)
    throw new InvalidParamsError(`${where} ${form}`)
  return { key: keyOf(key, where), value, isEqual: equals !== undefined }
}

function readOperation(operation: Json, where: string): Operation {
  const form = `${where} must be {get: key}, {set: key, value, ttlMs} or {delete: key}`
  const given = exactly(operation, ['get', 'set', 'value', 'ttlMs', 'delete'], form)
  const { get, set, value, ttlMs, delete: removed } = given
  const kinds = [get, set, removed].filter((each) => each !== undefined)
  if (kinds.length !== 1 || (set === undefined && (value ?? ttlMs) !== undefined))
    throw new InvalidParamsError(form)
  if (get !== undefined) return { kind: 'get', key: keyOf(get, where) }
  if (removed !== undefined) return { kind: 'delete', key: keyOf(removed, where) }
  const ttl = ttlMs === undefined ? undefined : ttlOf(ttlMs, where)
  return { kind: 'set', key: keyOf(set, where), value: valueOf(value, where), ttlMs: ttl }
}

/** Its members, none of which is another than these. @throws InvalidParamsError with the sentence */
function exactly(given: Json, names: readonly string[], sentence: string): JsonObject {
  if (isObject(given) && Object.keys(given).every((name) => names.includes(name))) return given
  throw new InvalidParamsError(sentence)
}
