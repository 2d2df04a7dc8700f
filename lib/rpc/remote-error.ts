/** An error that an object threw itself, as it reaches another process. */
import { isObject, membersOf, withoutUndefined, type Json } from '../json.js'
import { RollcallError } from './rollcall-error.js'
import { CAUSES_MAX } from './thrown.js'

/** An error as an object threw it in another process. Its own fields come along as far as JSON can carry them. */
export interface RemoteErrorData {
  readonly name: string
  readonly message: string
  /** Its stack in the process that ran the method. Absent for replicated objects. */
  readonly stack?: string
  /** Its cause, in the same form. */
  readonly cause?: Json
  /** The errors of an AggregateError, in the same form. */
  readonly errors?: Json
  /** `code`, `status`, and whatever else the object gave it. */
  readonly [field: string]: Json | undefined
}

/** The object's own error. The call has run, and this is its result. */
export class RemoteError extends RollcallError {
  readonly code = -32000
  readonly label = 'REMOTE_ERROR'
  readonly outcome = 'executed'
  readonly retry = 'never'
  readonly remote: RemoteErrorData

  constructor(remote: RemoteErrorData, extras: { readonly cause?: unknown } = {}) {
    super(remote.message, {
      data: withoutUndefined(remote),
      cause: 'cause' in extras ? extras.cause : causeIn(remote, CAUSES_MAX),
    })
    this.remote = remote
  }

  /** From what another process sent; `message` is used if that has none. */
  static told(data: Json | undefined, message: string): RemoteError {
    return new RemoteError(remoteData(data, message))
  }
}

/** For a call that has run, but whose result does not fit into an answer. `why`: as a sentence. */
export function resultTooLarge(why: string): RemoteError {
  const message = `this call has run, and its result is left out: ${why}`
  return new RemoteError({ name: 'ResultTooLarge', message })
}

function remoteData(data: Json | undefined, message: string): RemoteErrorData {
  const { name, message: own, stack, ...rest } = membersOf(data)
  return {
    ...rest,
    name: typeof name === 'string' ? name : 'Error',
    message: typeof own === 'string' ? own : message,
    ...(typeof stack === 'string' ? { stack } : {}),
  }
}

/** The cause as an error of its own, `left` levels deep: a stranger may nest causes without end. */
function causeIn({ cause }: RemoteErrorData, left: number): RemoteError | undefined {
  if (!isObject(cause) || left === 0) return undefined
  const remote = remoteData(cause, '')
  return new RemoteError(remote, { cause: causeIn(remote, left - 1) })
}
