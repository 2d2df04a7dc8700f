/**
 * Values of an object's fields as JSON. What JSON has stands as it is; the rest is an object whose one mark is `$`:
 *
 *     {"$":"map","of":[[key,value],…]}   {"$":"set","of":[…]}   {"$":"undefined"}   {"$":"number","of":"NaN"}
 *     {"$":"object","of":[[name,value],…]}   a plain object that has a member `$` of its own
 *     {"$":"bare","of":[[name,value],…]}     an object without a prototype
 *
 * Anything else is refused: what a snapshot lost, the members that start from it would lack, and their states would part.
 */
import { isList, type Json } from '../../json.js'

/** A value that a snapshot can't carry. The message names the place, and what it is. */
export class UnsuitableValueError extends Error {
  override readonly name = 'UnsuitableValueError'
}

/** Where each object was met first. Two ways to one object would become two objects. */
export type Met = Map<object, string>

/**
 * `path` names the value in messages.
 * @throws UnsuitableValueError for a function, symbol, bigint, Date, instance of a class, or an object met before.
 */
export function tagged(value: unknown, path: string, met: Met): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return isJsonNumber(value) ? value : { $: 'number', of: Object.is(value, -0) ? '-0' : String(value) }
    case 'undefined':
      return { $: 'undefined' }
    case 'object':
      return value === null ? null : taggedObject(value, path, met)
    case 'function':
    case 'symbol':
    case 'bigint':
      throw new UnsuitableValueError(`${path} is a ${typeof value}`)
  }
}

/** JSON has no NaN and no infinities, and writes -0 as 0. */
function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0)
}

function taggedObject(value: object, path: string, met: Met): Json {
  meet(value, path, met)
  if (Array.isArray(value)) return Array.from(value, (each, at) => tagged(each, `${path}[${at}]`, met))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (value instanceof Map && prototype === Map.prototype) {
    return { $: 'map', of: pairs(value, path, met) }
  }
  if (value instanceof Set && prototype === Set.prototype) {
    return { $: 'set', of: Array.from(value, (each) => tagged(each, `a member of ${path}`, met)) }
  }
  if (prototype === null) return { $: 'bare', of: members(value, path, met) }
  if (prototype !== Object.prototype) throw new UnsuitableValueError(`${path} is ${describe(value)}`)
  const inner = members(value, path, met)
  return Object.hasOwn(value, '$') ? { $: 'object', of: inner } : Object.fromEntries(inner)
}

/** @throws UnsuitableValueError when the object was met before. */
export function meet(value: object, path: string, met: Met): void {
  const before = met.get(value)
  if (before !== undefined) {
    throw new UnsuitableValueError(`${path} is the same object as ${before}, and would become a copy of it`)
  }
  met.set(value, path)
}

export function pair(key: unknown, value: unknown, path: string, met: Met): [Json, Json] {
  const name = typeof key === 'string' ? key : '…'
  return [tagged(key, `a key of ${path}`, met), tagged(value, `${path}.get(${name})`, met)]
}

function pairs(map: ReadonlyMap<unknown, unknown>, path: string, met: Met): [Json, Json][] {
  return Array.from(map, ([key, value]) => pair(key, value, path, met))
}

function members(value: object, path: string, met: Met): [string, Json][] {
  return Object.entries(value).map(([name, each]) => [name, tagged(each, `${path}.${name}`, met)])
}

function describe(value: object): string {
  const maker: unknown = value.constructor
  return typeof maker === 'function' && maker.name !== '' ? `an instance of ${maker.name}` : 'no plain object'
}

/** Makes anew what {@link tagged} wrote. Throws for anything else. */
export function untagged(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (isList(json)) return json.map(untagged)
  if (!Object.hasOwn(json, '$')) {
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, untagged(value)]))
  }
  return untaggedMark(json['$'], json['of'])
}

function untaggedMark(mark: Json | undefined, of: Json | undefined): unknown {
  switch (mark) {
    case 'undefined':
      return undefined
    case 'number':
      return Number(of)
    case 'map':
      return new Map(untaggedPairs(of))
    case 'set':
      return new Set(listOf(of).map(untagged))
    case 'object':
      return Object.fromEntries(untaggedMembers(of))
    case 'bare':
      return Object.assign(Object.create(null) as object, Object.fromEntries(untaggedMembers(of)))
    default:
      throw new Error(`a snapshot holds a value of an unknown kind, ${JSON.stringify(mark ?? null)}`)
  }
}

export function untaggedPairs(of: Json | undefined): [unknown, unknown][] {
  return listOf(of).map((each) => {
    const [key, value] = listOf(each)
    return [untagged(key ?? null), untagged(value ?? null)]
  })
}

function untaggedMembers(of: Json | undefined): [string, unknown][] {
  return untaggedPairs(of).map(([name, value]) => [String(name), value])
}

export function listOf(json: Json | undefined): readonly Json[] {
  if (isList(json)) return json
  throw new Error('a snapshot holds something else where a list must be')
}
