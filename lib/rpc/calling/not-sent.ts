/** Errors of the questions that must be answered before a call can be sent. */
import { UnreachableError } from '../errors.js'
import type { RollcallError } from '../errors.js'

/** The call's own error when a question before it has failed: the question may have run, the call has not been sent. */
export function notSent(error: RollcallError, sentence: string = error.message): RollcallError {
  return error.outcome === 'not-executed' ? error : new UnreachableError(sentence, { cause: error })
}
