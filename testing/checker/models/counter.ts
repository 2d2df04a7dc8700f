import type { Json } from '../../../lib/json.js'
import type { MethodCall } from '../history.js'
import type { Model, Step } from '../model.js'
import { callText } from '../text.js'
import { refused } from './refused.js'

/** The shipped `counter`: its state is its value. */
export const counterModel: Model<number, MethodCall, Json> = {
  initial: () => 0,
  step: (total, { method, params }) => {
    if (method === 'value') return { state: total, result: total }
    return method === 'increment' ? increment(total, params[0] ?? 1) : refused(total)
  },
  key: (total) => total,
  callText,
}

function increment(total: number, by: Json): Step<number, Json> {
  if (typeof by !== 'number') return refused(total)
  const next = total + by
  return Math.abs(next) <= Number.MAX_SAFE_INTEGER ? { state: next, result: next } : refused(total)
}
