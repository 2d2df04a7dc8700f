import { isList, membersOf, type Json, type JsonObject } from '../../../lib/json.js'
import { canonicalText } from '../canonical-text.js'
import type { MethodCall } from '../history.js'
import type { Model, Step } from '../model.js'
import { callText } from '../text.js'
import { refused } from './refused.js'

/** The values that are there. Null is none. */
export type Pairs = ReadonlyMap<string, Json>

/**
 * The shipped `kv`, in a history in which no key ends by itself. Each key is a partition. `keys` and `transact` see
 * several at once, so that a history that has one is checked as a whole: keep them for short histories. A `keys` whose
 * outcome is unknown is best left out, for it has changed nothing.
 */
export const kvModel: Model<Pairs, MethodCall, Json> = {
  initial: () => new Map(),
  step: (pairs, { method, params: [key, ...rest] }) => {
    if (method === 'keys') return keys(pairs, key ?? '')
    if (method === 'transact') return transact(pairs, membersOf(key ?? null))
    return typeof key === 'string' ? stepOfKey(pairs, method, key, rest) : refused(pairs)
  },
  partition: ({ method, params: [key] }) =>
    method === 'keys' || method === 'transact' ? null : canonicalText(key),
  key: pairsText,
  callText,
  stateText: pairsText,
}

function stepOfKey(
  pairs: Pairs,
  method: string,
  key: string,
  [first = null, second = null]: readonly Json[],
): Step<Pairs, Json> {
  const present = pairs.get(key) ?? null
  switch (method) {
    case 'get':
      return { state: pairs, result: present }
    case 'set':
      return first === null ? refused(pairs) : { state: changed(pairs, key, first), result: present }
    case 'delete':
      return { state: changed(pairs, key, null), result: present !== null }
    case 'cas': {
      if (second === null) return refused(pairs)
      const isExpected = canonicalText(present) === canonicalText(first)
      return { state: isExpected ? changed(pairs, key, second) : pairs, result: isExpected }
    }
    default:
      return refused(pairs)
  }
}

function keys(pairs: Pairs, prefix: Json): Step<Pairs, Json> {
  if (typeof prefix !== 'string') return refused(pairs)
  return { state: pairs, result: [...pairs.keys()].filter((key) => key.startsWith(prefix)).sort() }
}

function transact(pairs: Pairs, { if: conditions, then, else: otherwise }: JsonObject): Step<Pairs, Json> {
  const succeeded = listIn(conditions).every((each) => {
    const { key, equals, differs } = membersOf(each)
    const present = canonicalText(pairs.get(textOf(key)) ?? null)
    return equals === undefined
      ? present !== canonicalText(differs ?? null)
      : present === canonicalText(equals)
  })
  let state = pairs
  const results = listIn(succeeded ? then : otherwise).map((each) => {
    const { value = null, ttlMs: _, ...named } = membersOf(each)
    const [[method, key] = ['', null]] = Object.entries(named)
    const step = stepOfKey(state, method, textOf(key), [value])
    state = step.state
    return step.result
  })
  return { state, result: { succeeded, results } }
}

const textOf = (json: Json | undefined): string => (typeof json === 'string' ? json : '')

const listIn = (json: Json | undefined): readonly Json[] => (isList(json) ? json : [])

function changed(pairs: Pairs, key: string, value: Json): Pairs {
  const next = new Map(pairs)
  if (value === null) next.delete(key)
  else next.set(key, value)
  return next
}

function pairsText(pairs: Pairs): string {
  const texts = [...pairs].map(([key, value]) => `${JSON.stringify(key)}:${canonicalText(value)}`)
  return `{${texts.sort().join()}}`
}
