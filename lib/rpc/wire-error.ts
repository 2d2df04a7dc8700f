/** An error on the wire, and the two doors between it and the classes. */
import { isList, jsonText, membersOf, type Json } from '../json.js'
import {
  AbortError,
  CompactedError,
  HistoryChangedError,
  InternalError,
  InvalidParamsError,
  InvalidRequestError,
  MethodNotFoundError,
  NameNotFoundError,
  NameTakenError,
  NoQuorumError,
  NotLeaderError,
  OutcomeUnknownError,
  OverloadedError,
  ParseError,
  RemoteError,
  RolledBackError,
  RollcallError,
  SessionExpiredError,
  StaleTermError,
  TlsError,
  TooLargeError,
  UnauthorizedError,
  UnreachableError,
} from './errors.js'
import type { ErrorExtras, NotLeaderData } from './errors.js'
import { cameAs } from './registered-errors.js'
import { stackless, thrownData, UNDESCRIBED } from './thrown.js'
import { asUri } from './uri-grammar.js'

/** The error member of a response. */
export interface WireError {
  readonly code: number
  readonly message: string
  readonly data?: Json
  /** What was thrown, as a value of a registered class; told to those who read tags. */
  readonly thrown?: Json
}

/** An object's own error. */
export const REMOTE_ERROR = -32000

/** It stands for no more than one other error. */
const ROLLED_BACK = -32015

type KnownError = new (message: string, extras?: ErrorExtras) => RollcallError

/** Each class that is told apart by its code alone. */
const BY_CODE: ReadonlyMap<number, KnownError> = new Map<number, KnownError>([
  [-32700, ParseError],
  [-32600, InvalidRequestError],
  [-32601, MethodNotFoundError],
  [-32602, InvalidParamsError],
  [-32603, InternalError],
  [-32002, OutcomeUnknownError],
  [-32003, NoQuorumError],
  [-32004, NameNotFoundError],
  [-32005, NameTakenError],
  [-32006, StaleTermError],
  [-32007, UnauthorizedError],
  [-32008, SessionExpiredError],
  [-32009, TooLargeError],
  [-32010, OverloadedError],
  [-32011, CompactedError],
  [-32012, UnreachableError],
  [-32013, HistoryChangedError],
  [-32014, AbortError],
  [-32016, TlsError],
])

/**
 * The one door for caught values, whatever was thrown. A RollcallError keeps its code, anything else is the object's
 * own error. Never throws, and what it returns can always be serialised.
 */
export function toWire(error: unknown): WireError {
  try {
    return isSound(error) ? known(error) : known(new RemoteError(thrownData(error)))
  } catch {
    return {
      code: REMOTE_ERROR,
      message: UNDESCRIBED,
      data: { name: 'Error', message: '' },
    }
  }
}

/** The same without the places in the source where it, and what stands behind it, was thrown. Never throws. */
export function withoutStacks(error: WireError): WireError {
  const { data, ...rest } = error
  if (data === undefined) return error
  try {
    return { ...rest, data: stackless(data) }
  } catch {
    // Whoever was called may have told of it in as many levels as a message holds.
    return rest
  }
}

/**
 * An error of ours, of which whoever threw it has made nothing else: with another code it would be no answer at all.
 */
export function isSound(error: unknown): error is RollcallError {
  if (!(error instanceof RollcallError)) return false
  const { code, message }: { readonly code: unknown; readonly message: unknown } = error
  return Number.isSafeInteger(code) && typeof message === 'string'
}

function known(error: RollcallError): WireError {
  const plain = { code: error.code, message: error.message }
  return error.data !== undefined && serialises(error.data) ? { ...plain, data: error.data } : plain
}

function serialises(data: Json): boolean {
  try {
    return jsonText(data) !== undefined
  } catch {
    return false
  }
}

/** The class that the code stands for. A code of nobody's is taken for the remote object's own error. */
export function fromWire(error: WireError): RollcallError {
  const { code, message, data } = error
  if (code === REMOTE_ERROR) return remoteError(error)
  if (code === -32001) return new NotLeaderError(notLeaderData(data), message)
  if (code === ROLLED_BACK) return rolledBack(message, data)
  const Known = BY_CODE.get(code)
  if (Known !== undefined) return new Known(message, { data })
  // -32768 to -32000 belong to the protocol and its servers: whether the call ran is not known to us.
  if (code >= -32768 && code <= -32000) return new InternalError(`error ${code}: ${message}`, { data })
  return new RemoteError({ name: `Error ${code}`, message })
}

function remoteError({ data, message, thrown }: WireError): RemoteError {
  const error = RemoteError.told(data, message)
  if (thrown !== undefined) cameAs(error, thrown)
  return error
}

function rolledBack(message: string, data: Json | undefined): RolledBackError {
  const { index, command, error = null } = membersOf(data)
  const { code, message: own, data: more } = membersOf(error)
  const isError = typeof code === 'number' && typeof own === 'string' && code !== ROLLED_BACK
  const cause = isError
    ? fromWire({ code, message: own, ...(more !== undefined && { data: more }) })
    : undefined
  const known = {
    index: typeof index === 'number' ? index : 0,
    command: typeof command === 'string' ? command : '',
    error,
  }
  return new RolledBackError(message, known, cause)
}

/** Whether it says that the call was not executed. */
export function isRefusal(error: WireError): boolean {
  return fromWire(error).outcome === 'not-executed'
}

function notLeaderData(data: Json | undefined): NotLeaderData {
  const { leader, term, members: uris } = membersOf(data)
  return {
    leader: asUri(leader) ?? null,
    term: typeof term === 'number' ? term : 0,
    members: (isList(uris) ? uris : []).map(asUri).filter((uri) => uri !== undefined),
  }
}
