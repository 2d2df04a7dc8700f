/** Errors as HTTP tells them: a status that clients and proxies act on rightly, and the whole error as JSON. */
import type { WebAnswer } from '../lib/ports.js'
import { InternalError, RollcallError } from '../lib/rpc/errors.js'
import { toWire, withoutStacks } from '../lib/rpc/wire-error.js'

/**
 * 5xx only where sending the same again may help or the outcome is open: many HTTP clients repeat after these by
 * themselves. The object's own error has run and would come again: 422.
 */
const STATUS: Readonly<Record<string, number>> = {
  PARSE_ERROR: 400,
  INVALID_REQUEST: 400,
  METHOD_NOT_FOUND: 404,
  INVALID_PARAMS: 400,
  INTERNAL_ERROR: 500,
  REMOTE_ERROR: 422,
  ROLLED_BACK: 422,
  NOT_LEADER: 503,
  OUTCOME_UNKNOWN: 504,
  NO_QUORUM: 503,
  NAME_NOT_FOUND: 404,
  NAME_TAKEN: 409,
  STALE_TERM: 409,
  UNAUTHORIZED: 403,
  SESSION_EXPIRED: 410,
  TOO_LARGE: 413,
  OVERLOADED: 429,
  COMPACTED: 410,
  HISTORY_CHANGED: 410,
  UNREACHABLE: 503,
  TLS_REFUSED: 502,
}

/** 500 for a name that is not in the contract. */
export function httpStatusOf(label: string): number {
  return Object.hasOwn(STATUS, label) ? (STATUS[label] ?? 500) : 500
}

/**
 * `{"error": {code, name, outcome, message, data?}}`. Where in the object's code it was thrown is for its authors, not
 * for a page in a browser.
 */
export function errorAnswer(thrown: unknown): WebAnswer {
  const error =
    thrown instanceof RollcallError ? thrown : new InternalError('the balancer failed', { cause: thrown })
  const status = httpStatusOf(error.label)
  const { label: name, outcome } = error
  const { code, message, data } = withoutStacks(toWire(error))
  const body = JSON.stringify({
    error: { code, name, outcome, message, ...(data !== undefined && { data }) },
  })
  return error.outcome === 'not-executed' && error.retry !== 'never'
    ? { status, body, headers: { 'retry-after': '1' } }
    : { status, body }
}
