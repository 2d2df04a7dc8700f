/** A value whose writes answer nothing: what a write has changed is seen by what comes after it alone. */
import type { Json } from '../../../lib/json.js'
import type { MethodCall } from '../../../testing/checker/history.js'
import type { Model } from '../../../testing/checker/model.js'
import type { Fresh } from './every-order.js'

export const registerModel: Model<Json, MethodCall, Json> = {
  initial: () => null,
  step: (state, { method, params: [value = null] }) =>
    method === 'write' ? { state: value, result: null } : { state, result: state },
}

/** As anyone would write it down. */
export const plainRegister: Fresh = () => {
  let present: Json = null
  return ({ method, params: [value = null] }) => {
    if (method !== 'write') return present
    present = value
    return null
  }
}
