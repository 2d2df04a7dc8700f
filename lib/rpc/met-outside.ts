/**
 * Errors that this process has met when it called others. Where a method that it serves throws one on, the error speaks
 * of the call that the method made, and not of the one that it was serving: that one has run so far.
 */
import { RemoteError, RollcallError } from './errors.js'
import { asThrown } from './registered-errors.js'
import { thrownData } from './thrown.js'

const met = new WeakSet<object>()

/** `error`: what a call of this process has met. Returns what it rejects with. */
export function metOutside(error: RollcallError): Error
export function metOutside(error: unknown): unknown
export function metOutside(error: unknown): unknown {
  if (!(error instanceof RollcallError)) return error
  met.add(error)
  return asThrown(error)
}

/**
 * What a method that has thrown `error` answers: the error itself, if it is the method's own. Another object's error is
 * one of this call, too; what has become of another call, and whether that one may be sent again, is only its cause.
 */
export function answerOf(error: unknown): unknown {
  if (!(error instanceof RollcallError) || !met.has(error) || error instanceof RemoteError) return error
  const { name, message, stack } = error
  const sentence = `this call has run so far, and then a call of its own failed: ${message}`
  return new RemoteError({
    name,
    message: sentence,
    ...(stack !== undefined && { stack }),
    cause: thrownData(error, false, 1),
  })
}
