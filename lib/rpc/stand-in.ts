/** Values with functions, objects and streams in them, as JSON with tags. */
import { isList, isObject, type Json } from '../json.js'
import { InvalidParamsError } from './errors.js'
import type { Travellers } from './travellers.js'

export function encoded(value: unknown, path: string, travellers: Travellers): Json {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (isList(value)) return value.map((part, at) => encoded(part, `${path}[${at}]`, travellers))
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, encoded(part, `${path}.${name}`, travellers)]),
    )
  const tag = typeof value === 'object' || typeof value === 'function' ? travellers.refer(value) : undefined
  if (tag === undefined) throw new InvalidParamsError(`${path} can't travel`)
  return tag
}

export function decoded(json: Json, travellers: Travellers): unknown {
  if (isList(json)) return json.map((part) => decoded(part, travellers))
  if (!isObject(json)) return json
  const { $: mark, of } = json
  if (typeof mark === 'string' && of !== undefined) return travellers.meet(mark, of)
  return Object.fromEntries(Object.entries(json).map(([name, part]) => [name, decoded(part, travellers)]))
}
