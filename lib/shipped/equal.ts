import { isList, type Json } from '../json.js'

/** Deep equality of what JSON can carry; the order of an object's members does not count. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
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
