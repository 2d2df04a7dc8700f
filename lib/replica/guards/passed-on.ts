/**
 * A call that a member passes on to the leader, with all that its caller has shown of itself: it is the caller who is
 * judged there, and never the member that passes it on.
 */
import { isList, membersOf, type Json, type JsonObject } from '../../json.js'
import type { PeerCertificate } from '../../ports.js'
import type { CallOutcome } from '../../rpc/answering/call-outcome.js'
import { InternalError, UnreachableError } from '../../rpc/errors.js'
import { JsonText, type CallContext, type ConnectionContext } from '../../rpc/exposed.js'
import { errorText, readWireError } from '../../rpc/messages/response.js'
import { fromWire } from '../../rpc/wire-error.js'
import { fields, list, shortText, text } from './json-readers.js'

/** What a caller has shown to the member that it has called. */
export interface ShownByCaller {
  /** As in ConnectionContext. */
  readonly remote: string
  /** The token that counts for calls that bring none. */
  readonly bearer?: string
  readonly certificate?: PeerCertificate
}

export interface PassedOnCall {
  readonly method: string
  readonly params: readonly Json[]
  /** As it came, but for what asked to pass it on. */
  readonly meta: JsonObject
  readonly shown: ShownByCaller
}

/** How callers of one member become callers of another one. */
export interface OthersCalls {
  /** Nobody is asked here who he is. */
  readonly isOpen: boolean
  /** What whoever makes that call has shown to this member. */
  readonly shown: (context: CallContext) => ShownByCaller
  /** Runs a call as one that came over `caller`. */
  readonly run: (call: PassedOnCall, caller: ConnectionContext, bytes: number) => Promise<CallOutcome>
}

/** Where whoever calls is nobody in particular, and nothing is run for other members. */
export const NO_OTHERS_CALLS: OthersCalls = {
  isOpen: false,
  shown: ({ connection: { remote } }) => ({ remote }),
  run: () => Promise.reject(new UnreachableError('this member takes no calls that are passed on')),
}

export function passedOnToJson({ method, params, meta, shown }: PassedOnCall): Json {
  const { certificate, ...more } = shown
  return { method, params, meta, shown: { ...more, ...(certificate && { certificate: { ...certificate } }) } }
}

export function readPassedOn(json: Json | undefined): PassedOnCall {
  const from = fields(json, 'a call that is passed on')
  const shown = fields(from['shown'], 'shown')
  const { bearer, certificate } = shown
  return {
    method: text(from['method'], 'method'),
    params: listIn(json, 'params'),
    meta: membersOf(membersOf(json)['meta']),
    shown: {
      remote: shortText(shown['remote'], 'remote'),
      ...(bearer !== undefined && { bearer: text(bearer, 'bearer') }),
      ...(certificate !== undefined && { certificate: readCertificate(certificate) }),
    },
  }
}

function listIn(json: Json | undefined, member: string): readonly Json[] {
  const value = membersOf(json)[member]
  return isList(value) ? value : []
}

function readCertificate(json: unknown): PeerCertificate {
  const from = fields(json, 'certificate')
  const { commonName } = from
  return {
    // Some have none, and `text` would refuse it.
    commonName: typeof commonName === 'string' ? commonName : '',
    names: list(from['names'], 'names').map((each) => text(each, 'a name')),
    fingerprint: text(from['fingerprint'], 'fingerprint'),
  }
}

/** An error of the call itself must not be taken for one of the way to it. */
export function outcomeToJson(outcome: CallOutcome): JsonText {
  return new JsonText(
    'error' in outcome ? `{"error":${errorText(outcome.error)}}` : `{"result":${outcome.result}}`,
  )
}

/** @throws the call's own error */
export function resultIn(json: Json): Json {
  const { result, error } = membersOf(json)
  if (result !== undefined) return result
  const wire = readWireError(error)
  throw wire === undefined
    ? new InternalError('what was passed on was answered with nothing')
    : fromWire(wire)
}
