/** Calls whose caller reads tags: their params may be values of all kinds, and hand something over. */
import type { Json } from '../../json.js'
import { decoded } from '../../values/decoded.js'
import type { Pointers } from '../../values/tags.js'
import { UnreadableValueError } from '../../values/unsuitable.js'
import { shortened } from '../../values/words.js'
import { InvalidParamsError } from '../errors.js'
import { parcelOf } from '../handing/parcel.js'
import type { CallContext, ExposedMethod } from '../exposed.js'
import { answerOf } from '../met-outside.js'
import { isRefusal, toWire } from '../wire-error.js'

/**
 * Of a caller that has said whether its params have tags, which is nothing to the method: it reads them. Of a call that
 * is answered as not executed it takes back what it handed over.
 */
export function withTags(
  name: string,
  method: ExposedMethod,
  params: readonly Json[],
  context: CallContext,
): unknown {
  const { tags, ...meta } = context.meta
  context.connection.readsTags = true
  if (tags !== 1) return method.handler(params, { ...context, meta })
  if (method.ofValues === undefined)
    throw new InvalidParamsError(
      `${JSON.stringify(shortened(name))} takes JSON without tags: it was not executed`,
    )
  const parcel = parcelOf(context.connection)
  const failed = (error: unknown): never => {
    if (context.id !== undefined && isRefusal(toWire(answerOf(error)))) parcel.leave()
    throw error
  }
  try {
    const values = valuesOf(name, params, parcel)
    const result = method.ofValues(values, { ...context, meta })
    return result instanceof Promise ? result.catch(failed) : result
  } catch (error) {
    return failed(error)
  }
}

function valuesOf(name: string, params: readonly Json[], pointers: Pointers): readonly unknown[] {
  try {
    return params.map((param, at) => decoded(param, pointers, `args[${at}]`))
  } catch (cause) {
    if (!(cause instanceof UnreadableValueError)) throw cause
    throw new InvalidParamsError(`${shortened(name)}: ${cause.message}; it was not executed`, { cause })
  }
}
