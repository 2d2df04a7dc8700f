/** The error that an object itself has thrown, as another process is told of it. */
import { isObject, membersOf, withoutUndefined, type Json } from '../json.js'
import { RollcallError } from './rollcall-error.js'
import { CAUSES_MAX } from './thrown.js'

/**
 * An error as its object threw it, told to another process; beside these its own fields, as far as JSON carries them.
 */
export interface RemoteErrorData {
  readonly name: string
  readonly message: string
  /** Where it was thrown, in the process that ran the method. Of a replicated object there is none. */
  readonly stack?: string
  /** What it was thrown for, told like it. */
  readonly cause?: Json
  /** Those that an AggregateError stands for, told like it. */
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

  /** As another process has told it; `message`: where it tells none. */
  static told(data: Json | undefined, message: string): RemoteError {
    return new RemoteError(remoteData(data, message))
  }
}

/**
 * Of a call that has run, and whose result fits into no answer, however often it is asked for. `why`: as a sentence.
 */
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

/** What it was thrown for, as an error of its own; over the wire causes may be nested as deep as anybody likes. */
function causeIn({ cause }: RemoteErrorData, left: number): RemoteError | undefined {
  if (!isObject(cause) || left === 0) return undefined
  const remote = remoteData(cause, '')
  return new RemoteError(remote, { cause: causeIn(remote, left - 1) })
}
