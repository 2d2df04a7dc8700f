/** Why a call of a channel has no answer: the errors that this side makes itself. `at`: what was called, and where. */
import {
  OutcomeUnknownError,
  OverloadedError,
  TlsError,
  UnreachableError,
  type NoAnswer,
  type RollcallError,
} from '../errors.js'

/** Why a channel is over: `why` completes "the connection …". */
export interface End {
  readonly why: string
  readonly cause: Error | undefined
}

const MAY_HAVE_RUN = '; it may have run'

/** The sentence without what it says of the outcome: of a question that says nothing of the call it was asked for. */
export function withoutOutcome(sentence: string): string {
  return sentence.endsWith(MAY_HAVE_RUN) ? sentence.slice(0, -MAY_HAVE_RUN.length) : sentence
}

/** As the other end leaves so much unread, or unanswered. */
export function notSent(
  at: string,
  as: { readonly bytes: number } | { readonly calls: number },
): OverloadedError {
  const what =
    'bytes' in as
      ? `${as.bytes} bytes wait to be read there`
      : `${as.calls} calls wait for an answer from there`
  return new OverloadedError(`${at}: not sent, as ${what}: wait for answers before you send more`)
}

export function unanswered(at: string): OutcomeUnknownError {
  const sentence = `${at}: time is over without an answer${MAY_HAVE_RUN}`
  return new OutcomeUnknownError(sentence, { noAnswer: 'silent' })
}

export function answeredInBytes(at: string): OutcomeUnknownError {
  const sentence = `${at}: the answer came in bytes, for which nobody has asked${MAY_HAVE_RUN}`
  return new OutcomeUnknownError(sentence, { noAnswer: 'broken' })
}

export function lost(at: string, { why, cause }: End, noAnswer: NoAnswer): RollcallError {
  if (cause instanceof TlsError) return refused(at, cause)
  const sentence = `${at}: the connection ${why} before the answer came${MAY_HAVE_RUN}`
  return new OutcomeUnknownError(sentence, { cause, noAnswer })
}

/** Of a connection that came to nothing. */
export function refused(at: string, cause: TlsError): TlsError {
  return new TlsError(`${at}: ${cause.message}; the call was not executed`, { data: cause.data, cause })
}

export function afterTheEnd(at: string, { why, cause }: End): RollcallError {
  if (cause instanceof TlsError) return refused(at, cause)
  const sentence = `${at}: not sent, as the connection ${why}: what came over it is to be asked for anew`
  return new UnreachableError(sentence, { cause })
}
