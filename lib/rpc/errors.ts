/**
 * The errors of a call, one class for each code. What a caller may do next depends on the outcome: after `not-executed`
 * the call can be sent again, after `unknown` it may have run, and after `executed` the error is its result.
 */
import type { Json } from '../json.js'
import { RollcallError, type ErrorExtras } from './rollcall-error.js'
import type { Uri } from './uri-grammar.js'

export * from './rollcall-error.js'
export * from './remote-error.js'

/** What came in is not JSON. */
export class ParseError extends RollcallError {
  readonly code = -32700
  readonly label = 'PARSE_ERROR'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** It is JSON, but not a request of JSON-RPC 2.0. */
export class InvalidRequestError extends RollcallError {
  readonly code = -32600
  readonly label = 'INVALID_REQUEST'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** No such object, no such method, or one that is not exposed. */
export class MethodNotFoundError extends RollcallError {
  readonly code = -32601
  readonly label = 'METHOD_NOT_FOUND'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** The method's parameters are wrong in number, type or range. */
export class InvalidParamsError extends RollcallError {
  readonly code = -32602
  readonly label = 'INVALID_PARAMS'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** Something broke that is not the method's own error, such as a result that JSON can't carry. */
export class InternalError extends RollcallError {
  readonly code = -32603
  readonly label = 'INTERNAL_ERROR'
  readonly outcome = 'unknown'
  readonly retry = 'never'
}

/** Where to go instead. */
export interface NotLeaderData {
  /** The leader's own member object, as far as the member asked knows. */
  readonly leader: Uri | null
  readonly term: number
  readonly members: readonly Uri[]
}

/** The member asked does not lead; `hint` says who does, or whom to ask next. */
export class NotLeaderError extends RollcallError {
  readonly code = -32001
  readonly label = 'NOT_LEADER'
  readonly outcome = 'not-executed'
  readonly retry = 'elsewhere'
  readonly hint: NotLeaderData

  constructor(hint: NotLeaderData, message?: string) {
    const who = hint.leader === null ? 'no leader is known' : `the leader is ${hint.leader}`
    super(message ?? `this member does not lead in term ${hint.term}: ${who}`, { data: { ...hint } })
    this.hint = hint
  }
}

/** Why no answer came: the other end was silent for too long, or the connection broke first. */
export type NoAnswer = 'silent' | 'broken'

/** It was sent or appended, and then time ran out or the connection or the leadership was lost. */
export class OutcomeUnknownError extends RollcallError {
  readonly code = -32002
  readonly label = 'OUTCOME_UNKNOWN'
  readonly outcome = 'unknown'
  readonly retry = 'elsewhere'
  /** Why there was no answer. Absent if the other end itself answered with this error. */
  readonly noAnswer?: NoAnswer

  constructor(message: string, extras: ErrorExtras & { readonly noAnswer?: NoAnswer } = {}) {
    super(message, extras)
    if (extras.noAnswer !== undefined) this.noAnswer = extras.noAnswer
  }
}

/** Refused before it was appended: no majority of the members answers. */
export class NoQuorumError extends RollcallError {
  readonly code = -32003
  readonly label = 'NO_QUORUM'
  readonly outcome = 'not-executed'
  readonly retry = 'elsewhere'
}

/** Nobody has registered the name, or its lease has ended. */
export class NameNotFoundError extends RollcallError {
  readonly code = -32004
  readonly label = 'NAME_NOT_FOUND'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** The name belongs to another URI. */
export class NameTakenError extends RollcallError {
  readonly code = -32005
  readonly label = 'NAME_TAKEN'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** A later leader of the same cluster has registered the name already. */
export class StaleTermError extends RollcallError {
  readonly code = -32006
  readonly label = 'STALE_TERM'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** The caller has not shown that it may make this call. */
export class UnauthorizedError extends RollcallError {
  readonly code = -32007
  readonly label = 'UNAUTHORIZED'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** The session is unknown or over, or has forgotten the sequence number. */
export class SessionExpiredError extends RollcallError {
  readonly code = -32008
  readonly label = 'SESSION_EXPIRED'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** The message, the batch or the command exceeds its limit. */
export class TooLargeError extends RollcallError {
  readonly code = -32009
  readonly label = 'TOO_LARGE'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** The other end has more work than it can accept; try again later. */
export class OverloadedError extends RollcallError {
  readonly code = -32010
  readonly label = 'OVERLOADED'
  readonly outcome = 'not-executed'
  readonly retry = 'later'
}

/** The entry asked for is no longer in the log. */
export class CompactedError extends RollcallError {
  readonly code = -32011
  readonly label = 'COMPACTED'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}

/** The `data` of the error ROLLED_BACK. */
export interface RolledBackData {
  /** The position of the command that failed, from 0. */
  readonly index: number
  /** Its object and method: `accounts.withdraw`. */
  readonly command: string
  /** Its error, as on the wire. */
  readonly error: Json
}

/** A command of an atomic group failed, with the error that is the `cause`; what the ones before it did was undone. */
export class RolledBackError extends RollcallError {
  readonly code = -32015
  readonly label = 'ROLLED_BACK'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
  /** The position of the command that failed, from 0. */
  readonly index: number

  constructor(message: string, data: RolledBackData, cause: unknown) {
    super(message, { data: { ...data }, cause })
    this.index = data.index
  }
}

/** Made on the calling side: no connection could be opened, so nothing was sent. */
export class UnreachableError extends RollcallError {
  readonly code = -32012
  readonly label = 'UNREACHABLE'
  readonly outcome = 'not-executed'
  readonly retry = 'elsewhere'
}

/** What is wrong with TLS, or with a certificate. */
export type TlsReason =
  /** One end speaks TLS, and the other does not. */
  | 'plaintext'
  | 'no-certificate'
  | 'self-signed'
  | 'other-authority'
  | 'expired'
  | 'not-yet-valid'
  /** Its authority has revoked it. */
  | 'revoked'
  | 'other-host'
  /** It was issued for another use or can't be read, or the two ends have no cipher or version in common. */
  | 'unfit'

/**
 * No connection was made, because one end does not accept the other's certificate, or only one of them speaks TLS.
 * Nothing that was sent over it was executed. `data.reason` is the {@link TlsReason}.
 */
export class TlsError extends RollcallError {
  readonly code = -32016
  readonly label = 'TLS_REFUSED'
  readonly outcome = 'not-executed'
  readonly retry = 'never'

  /** An error with that reason in its `data`. */
  static because(reason: TlsReason, message: string, cause?: unknown): TlsError {
    return new TlsError(message, { data: { reason }, cause })
  }
}

/**
 * Made on the calling side: its signal was aborted, and the call is no longer waited for. `cause`: the signal's reason.
 */
export class AbortError extends RollcallError {
  readonly code = -32014
  readonly label = 'ABORTED'
  /** Unknown once the call has been sent: it can't be called back. */
  readonly outcome: 'not-executed' | 'unknown'
  readonly retry = 'never'

  /** `outcome`: default unknown. */
  constructor(message: string, extras: ErrorExtras & { readonly outcome?: AbortError['outcome'] } = {}) {
    super(message, extras)
    this.outcome = extras.outcome ?? 'unknown'
  }
}

/** The cursor of a watch belongs to another history: to the cluster before it was restored, or to another cluster. */
export class HistoryChangedError extends RollcallError {
  readonly code = -32013
  readonly label = 'HISTORY_CHANGED'
  readonly outcome = 'not-executed'
  readonly retry = 'never'
}
