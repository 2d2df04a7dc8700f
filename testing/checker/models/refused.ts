import type { Json } from '../../../lib/json.js'
import type { Step } from '../model.js'

/** For a call that the object refuses: the state stays, and the answer is one that no client is given as a result. */
export function refused<State>(state: State): Step<State, Json> {
  return { state, result: { error: 'refused' } }
}
