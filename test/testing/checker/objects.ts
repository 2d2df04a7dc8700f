/** The shipped objects once more, as anyone would write them down: they change as they are called. */
import type { Json } from '../../../lib/json.js'
import type { Fresh } from './every-order.js'

export const plainKeyValue: Fresh = () => {
  const pairs = new Map<Json | undefined, Json>()
  return ({ method, params: [key, first = null, second = null] }) => {
    const present = pairs.get(key) ?? null
    switch (method) {
      case 'set':
        pairs.set(key, first)
        return present
      case 'get':
        return present
      case 'delete':
        return pairs.delete(key)
      case 'cas':
        if (present !== first) return false
        pairs.set(key, second)
        return true
      default:
        return [...pairs.keys()].map(String).sort()
    }
  }
}

export const plainCounter: Fresh = () => {
  let total = 0
  return ({ method, params: [by] }) => (method === 'value' ? total : (total += Number(by ?? 1)))
}

export const plainLog: Fresh = () => {
  const texts: Json[] = []
  const entryAt = (index: number): Json => {
    const command = texts[index - 1]
    return command === undefined ? null : { index, term: 1, command }
  }
  return ({ method, params: [first, second] }) => {
    switch (method) {
      case 'append':
        texts.push(first ?? null)
        return { index: texts.length, term: 1 }
      case 'entry':
        return entryAt(Number(first))
      case 'entries':
        return texts
          .map((_, at) => entryAt(at + 1))
          .slice(Number(first) - 1, Number(first) - 1 + Number(second))
      default:
        return texts.length
    }
  }
}
