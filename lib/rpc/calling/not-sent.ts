/** Errors of calls that were not sent, and what may follow them. */
import { withoutOutcome } from '../channels/no-answer.js'
import { NameNotFoundError, NotLeaderError, RollcallError, UnreachableError } from '../errors.js'
import type { Next } from './retry-loop.js'
import { callNameOf, type Target } from './target.js'
import { toWire } from '../wire-error.js'

interface Named {
  readonly target: Target
  readonly method: string
}

/** The call's own error when a question before it has failed: the question may have run, the call has not been sent. */
export function notSent(error: RollcallError, what = 'the call was not sent'): RollcallError {
  if (error.outcome === 'not-executed') return error
  return new UnreachableError(`${withoutOutcome(error.message)}; ${what}`, { cause: error })
}

export function late(call: Named): UnreachableError {
  return new UnreachableError(`${callNameOf(call)}: time is over before the call could be sent`)
}

export function closed(call: Named): UnreachableError {
  return new UnreachableError(`${callNameOf(call)}: this client is closed; the call was not sent`)
}

export function nobodyLeads(): NotLeaderError {
  return new NotLeaderError({ leader: null, term: 0, members: [] })
}

/** What may follow a failure before anything of the attempt was sent. */
export function afterNotSent(error: RollcallError): Next {
  // One that was left unasked may know the name, and be back in a moment.
  if (error instanceof NameNotFoundError && error.cause !== undefined) return 'later'
  // Only an attempt before can have run.
  return error.outcome === 'not-executed' && error.retry !== 'never' ? 'later' : 'never'
}

export function errorOf(thrown: unknown): RollcallError {
  return thrown instanceof RollcallError ? thrown : new UnreachableError(toWire(thrown).message)
}
