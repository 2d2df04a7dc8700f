import { isWhole, type Json } from '../../../lib/json.js'
import { canonicalText } from '../canonical-text.js'
import type { MethodCall } from '../history.js'
import type { Model } from '../model.js'
import { callText } from '../text.js'
import { refused } from './refused.js'

/** The shipped `idGenerator`: of each name, which is a partition, the last id that was given out. */
export const idGeneratorModel: Model<number, MethodCall, Json> = {
  initial: () => 0,
  step: (last, { method, params: [, count = 1] }) => {
    if (method === 'last') return { state: last, result: last }
    if (method !== 'reserve' || !isWhole(count) || count === 0) return refused(last)
    return { state: last + count, result: last + 1 }
  },
  key: (last) => last,
  partition: ({ params: [name] }) => canonicalText(name),
  callText,
}
