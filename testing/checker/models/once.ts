import { isWhole, membersOf, type Json } from '../../../lib/json.js'
import { canonicalText } from '../canonical-text.js'
import type { MethodCall } from '../history.js'
import type { Model, Step } from '../model.js'
import { callText } from '../text.js'
import { refused } from './refused.js'

/** One job: who runs it, by which token, or how it has ended. */
export interface OnceState {
  readonly state: 'free' | 'running' | 'done' | 'failed'
  readonly runner: string
  /** Of the runner; null while nobody has been told it. */
  readonly token: number | null
  readonly atMostOnce: boolean
  readonly outcome: Json
  /** The highest token that anybody was told. */
  readonly highest: number
}

const FREE: OnceState = {
  state: 'free',
  runner: '',
  token: null,
  atMostOnce: false,
  outcome: null,
  highest: 0,
}

/**
 * The shipped `once`, in a history in which no lease ends and nothing is forgotten by itself. Each name is a partition.
 * Which token a runner has is the log's affair: it is taken from the first answer that tells it, must be higher than all
 * before it, and be told alike from then on.
 */
export const onceModel: Model<OnceState, MethodCall, Json> = {
  initial: () => FREE,
  step: (state, { method, params: [, runner = null, more = null, outcome = null] }, observed) => {
    switch (method) {
      case 'begin':
        return begun(state, runner, membersOf(more)['atMostOnce'] === true, observed)
      case 'renew':
        return runs(state, runner) ? told(state, observed) : { state, result: null }
      case 'finish':
        return ended(state, runner, more, observed, { ...state, state: 'done', outcome })
      case 'fail':
        return ended(
          state,
          runner,
          more,
          observed,
          state.atMostOnce ? { ...state, state: 'failed', outcome } : free(state),
        )
      case 'forget':
        return { state: free(state), result: state.state !== 'free' }
      case 'state':
        return {
          state,
          result: state.state === 'free' ? null : { state: state.state, outcome: shownOf(state) },
        }
      default:
        return refused(state)
    }
  },
  partition: ({ params: [name] }) => canonicalText(name),
  callText,
}

function begun(
  before: OnceState,
  runner: Json,
  atMostOnce: boolean,
  observed: Json | undefined,
): Step<OnceState, Json> {
  if (typeof runner !== 'string') return refused(before)
  const state: OnceState =
    before.state === 'free' ? { ...free(before), state: 'running', runner, atMostOnce } : before
  if (state.state === 'done') return { state, result: { done: state.outcome } }
  if (state.state === 'failed') return { state, result: { failed: state.outcome } }
  return runs(state, runner) ? told(state, observed) : { state, result: { running: true } }
}

/** Whether it was the runner's, by that token: where nobody was told it, the answer says so. */
function ended(
  state: OnceState,
  runner: Json,
  token: Json,
  observed: Json | undefined,
  after: OnceState,
): Step<OnceState, Json> {
  if (!runs(state, runner) || (state.token === null && observed === false)) return { state, result: false }
  const known = withToken(state, token)
  if (known.token !== token) return { state, result: false }
  return { state: { ...after, highest: known.highest }, result: true }
}

function told(state: OnceState, observed: Json | undefined): Step<OnceState, Json> {
  const known = withToken(state, membersOf(observed)['token'])
  return { state: known, result: { token: known.token } }
}

function withToken(state: OnceState, token: Json | undefined): OnceState {
  if (state.token !== null || !isWhole(token) || token <= state.highest) return state
  return { ...state, token, highest: token }
}

const runs = (state: OnceState, runner: Json): boolean => state.state === 'running' && state.runner === runner

const free = ({ highest }: OnceState): OnceState => ({ ...FREE, highest })

const shownOf = ({ state, outcome }: OnceState): Json => (state === 'running' ? null : outcome)
