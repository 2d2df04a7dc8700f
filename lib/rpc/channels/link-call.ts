/** A call as it waits for the link over which it goes. */
import type { Ms } from '../../ports.js'
import type { CallMeta } from '../exposed.js'
import type { Parcel } from '../handing/parcel.js'
import { requestText, type Params } from '../messages/request.js'
import type { Answered } from './abortable.js'
import type { CallOptions, LateParams } from './connection-options.js'
import type { OutgoingCall } from './outgoing.js'

export interface LinkCall extends OutgoingCall {
  /** In place of `rest`, where it hands something over: it is written when it is known over which link it goes. */
  readonly late?: ((parcel: Parcel) => string) | undefined
}

interface Around {
  readonly answer: Answered
  readonly deadline: Ms
  readonly meta: CallMeta | undefined
  /** The other end knows that this one reads tags. */
  readonly hasToldTags: boolean
  readonly onSent: OutgoingCall['onSent']
}

export function linkCall(
  method: string,
  params: Params | LateParams,
  { onAnswerMeta, onProgress, batch, isOneway = false }: CallOptions,
  { answer, deadline, meta, hasToldTags, onSent }: Around,
): LinkCall {
  const { resolve, resolveValue, reject } = answer
  const isTold = resolveValue === undefined || hasToldTags
  const said = isTold ? meta : { tags: 0 as const, ...meta }
  const isLate = typeof params === 'function'
  return {
    method,
    deadline,
    resolve,
    resolveValue,
    reject,
    rest: isLate ? '' : requestText(method, params, said),
    late: isLate ? (parcel) => requestText(method, params(parcel), said) : undefined,
    tellsTags: said?.tags !== undefined,
    onAnswerMeta,
    onProgress,
    onSent,
    batch,
    isOneway,
  }
}
