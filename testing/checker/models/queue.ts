import { isList, isWhole, membersOf, type Json, type JsonObject } from '../../../lib/json.js'
import { canonicalText } from '../canonical-text.js'
import type { MethodCall } from '../history.js'
import type { Model, Step } from '../model.js'
import { callText } from '../text.js'
import { refused } from './refused.js'

/** A job that is in the queue; `token`: of whoever has it, or null; `untold` where nobody was told it. */
export interface QueuedState {
  readonly id: string
  readonly data: Json
  readonly priority: number
  readonly tries: number
  readonly attempts: number
  readonly token: number | 'untold' | null
  readonly isDead: boolean
}

/** In the order in which they came. */
export type QueueState = readonly QueuedState[]

/**
 * The shipped `queue`, in a history in which no lease ends and nothing is delayed: jobs are put by ids and without a
 * delay, and those that fail are tried again at once. Each queue is a partition. Tokens are taken from the answers.
 */
export const queueModel: Model<QueueState, MethodCall, Json> = {
  initial: () => [],
  step: (state, { method, params: [, first = null, second = null] }, observed) => {
    switch (method) {
      case 'put':
        return put(state, first, membersOf(second))
      case 'take':
        return take(state, membersOf(second)['max'] ?? 1, observed)
      case 'done':
        return ended(state, first, second, observed, () => [])
      case 'fail':
        return ended(state, first, second, observed, failed)
      case 'renew':
        return ended(state, first, second, observed, (job) => [job])
      case 'discard':
        return { state: state.filter(({ id }) => id !== first), result: state.some(({ id }) => id === first) }
      case 'counts':
        return { state, result: countsOf(state) }
      default:
        return refused(state)
    }
  },
  partition: ({ params: [name] }) => canonicalText(name),
  callText,
}

function put(
  state: QueueState,
  data: Json,
  { id, priority = 0, tries = 5 }: JsonObject,
): Step<QueueState, Json> {
  if (typeof id !== 'string' || !isWhole(priority) || !isWhole(tries)) return refused(state)
  const isThere = state.some((job) => job.id === id)
  const job = { id, data, priority, tries, attempts: 0, token: null, isDead: false }
  return { state: isThere ? state : [...state, job], result: id }
}

/** The highest priority first, then who came first; all by the token that was told. */
function take(state: QueueState, max: Json, observed: Json | undefined): Step<QueueState, Json> {
  const [told = null] = isList(observed) ? observed : []
  const { token = null } = membersOf(told)
  const ready = state.filter((job) => job.token === null && !job.isDead)
  const chosen = new Set(ready.toSorted((a, b) => b.priority - a.priority).slice(0, Number(max)))
  const own = isWhole(token) ? token : 'untold'
  const taken = (job: QueuedState): QueuedState => ({ ...job, token: own, attempts: job.attempts + 1 })
  const result = ready
    .filter((job) => chosen.has(job))
    .toSorted((a, b) => b.priority - a.priority)
    .map(({ id, data, attempts }) => ({ id, data, token: own, attempt: attempts + 1 }))
  return { state: state.map((job) => (chosen.has(job) ? taken(job) : job)), result }
}

function ended(
  state: QueueState,
  id: Json,
  token: Json,
  observed: Json | undefined,
  after: (job: QueuedState) => QueueState,
): Step<QueueState, Json> {
  const isIts = (job: QueuedState): boolean =>
    job.token === 'untold' ? observed === true : job.token !== null && job.token === token
  const found = state.find((job) => job.id === id && isIts(job))
  if (found === undefined) return { state, result: false }
  return { state: state.flatMap((job) => (job === found ? after(job) : [job])), result: true }
}

function failed(job: QueuedState): QueueState {
  return [{ ...job, token: null, isDead: job.attempts >= job.tries }]
}

function countsOf(state: QueueState): Json {
  const dead = state.filter(({ isDead }) => isDead).length
  const taken = state.filter(({ token }) => token !== null).length
  return { ready: state.length - dead - taken, delayed: 0, taken, dead }
}
