/** The door to a call's `meta` member: known members of the right type come in, anything else is refused. */
import { isObject } from '../json.js'
import { InvalidRequestError } from './errors.js'
import type { CallMeta } from './host.js'
import type { Rule, Rules } from './options.js'

const CONSISTENCIES: readonly unknown[] = ['linearizable', 'follower', 'stale']

function text(lengthMax: number): Rule {
  return {
    holds: (value) => typeof value === 'string' && value.length <= lengthMax,
    wanted: `a string of at most ${lengthMax} characters`,
  }
}

const COUNT: Rule = {
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  wanted: 'a whole number from 1 on',
}
const DURATION: Rule = {
  holds: (value) => typeof value === 'number' && value >= 0 && value < Infinity,
  wanted: 'a number of milliseconds, 0 or more',
}
const CONSISTENCY: Rule = {
  holds: (value) => CONSISTENCIES.includes(value),
  wanted: '"linearizable", "follower" or "stale"',
}

export const META_RULES: Rules<CallMeta> = {
  session: text(1024),
  seq: COUNT,
  firstOutstanding: COUNT,
  timeoutMs: DURATION,
  consistency: CONSISTENCY,
  traceparent: text(1024),
  token: text(16 * 1024),
}
const RULES = Object.entries(META_RULES)

/** Members that the contract does not know are left out, so that newer callers are understood. @throws InvalidRequestError */
export function readMeta(meta: unknown): CallMeta {
  if (!isObject(meta)) throw new InvalidRequestError('meta is an object')
  const known: Record<string, unknown> = {}
  for (const [name, { holds, wanted }] of RULES) {
    if (!Object.hasOwn(meta, name)) continue
    const value = meta[name]
    if (!holds(value)) throw new InvalidRequestError(`meta.${name} is ${wanted}`)
    known[name] = value
  }
  return known
}
