import { isWhole, membersOf, type Json } from '../../../lib/json.js'
import { canonicalText } from '../canonical-text.js'
import type { MethodCall } from '../history.js'
import type { Model, Step } from '../model.js'
import { callText } from '../text.js'
import { refused } from './refused.js'

/** One lock: who has it, by which token, and who waits. */
export interface LockState {
  readonly holder: string | null
  /** Of the holder; null while nobody has been told it. */
  readonly token: number | null
  readonly waiting: readonly string[]
  /** The highest token that anybody was told. */
  readonly highest: number
}

const FREE: LockState = { holder: null, token: null, waiting: [], highest: 0 }

/**
 * The shipped `lock`, in a history in which no lease ends. Each name is a partition. Which token a grant has is the log's
 * affair: it is taken from the first answer that tells it, must be higher than all before it, and be told alike from then
 * on.
 */
export const lockModel: Model<LockState, MethodCall, Json> = {
  initial: () => FREE,
  step: (state, { method, params: [, second = null, third = null] }, observed) => {
    if (method === 'holder') return holder(state, observed)
    if (method === 'demand') return demand(state, second, observed)
    if (typeof second !== 'string') return refused(state)
    switch (method) {
      case 'acquire':
        return turnOf(asked(state, second, membersOf(third)['wait'] !== false), second, observed)
      case 'renew':
        return turnOf(state, second, observed)
      case 'release':
        return release(state, second)
      default:
        return refused(state)
    }
  },
  partition: ({ params: [name] }) => canonicalText(name),
  callText,
}

function asked(state: LockState, id: string, wait: boolean): LockState {
  if (state.holder === null) return { ...state, holder: id, token: null }
  if (state.holder === id || state.waiting.includes(id) || !wait) return state
  return { ...state, waiting: [...state.waiting, id] }
}

function turnOf(state: LockState, id: string, observed: Json | undefined): Step<LockState, Json> {
  if (state.holder === id) {
    const told = withToken(state, membersOf(observed)['token'])
    return { state: told, result: { token: told.token } }
  }
  const ahead = state.waiting.indexOf(id)
  return { state, result: ahead < 0 ? null : { ahead } }
}

function release(state: LockState, id: string): Step<LockState, Json> {
  if (state.holder === id) {
    const [next = null, ...waiting] = state.waiting
    return { state: { ...state, holder: next, token: null, waiting }, result: true }
  }
  const waiting = state.waiting.filter((each) => each !== id)
  return { state: { ...state, waiting }, result: waiting.length < state.waiting.length }
}

function holder(state: LockState, observed: Json | undefined): Step<LockState, Json> {
  if (state.holder === null) return { state, result: null }
  const told = withToken(state, membersOf(observed)['token'])
  return { state: told, result: { holder: told.holder, token: told.token, waiting: told.waiting.length } }
}

/** Null where it is the present token; an error otherwise, which is taken as it was told. */
function demand(state: LockState, token: Json, observed: Json | undefined): Step<LockState, Json> {
  if (state.holder === null)
    return { state, result: observed === null ? refused(state).result : (observed ?? null) }
  if (observed !== null) return { state, result: state.token === token ? null : (observed ?? null) }
  const told = withToken(state, token)
  return { state: told, result: told.token === token ? null : refused(state).result }
}

function withToken(state: LockState, told: Json | undefined): LockState {
  if (state.token !== null || !isWhole(told) || told <= state.highest) return state
  return { ...state, token: told, highest: told }
}
