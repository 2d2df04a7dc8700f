/** Who is at an address: nobody, somebody else, or a program of this project, and what it says. */
import { textsIn, type Json } from '../../lib/json.js'
import type { Address } from '../../lib/ports.js'
import {
  OutcomeUnknownError,
  RollcallError,
  TlsError,
  UnreachableError,
  type NoAnswer,
} from '../../lib/rpc/errors.js'
import type { CallMeta } from '../../lib/rpc/exposed.js'
import type { Probes } from '../../lib/client/probes.js'

export type Presence =
  | { readonly kind: 'answer'; readonly result: Json }
  /** A program of this project that has no such object; these it has. */
  | { readonly kind: 'other-objects'; readonly objects: readonly string[] }
  | { readonly kind: 'refused'; readonly error: RollcallError }
  /** Somebody is there, and there is no TLS with him. */
  | { readonly kind: 'unsecured'; readonly why: string; readonly advice: string }
  /** Nobody could be connected to. */
  | { readonly kind: 'nobody'; readonly why: string; readonly cause: Absence }
  /** The connection was taken, and nothing came back. */
  | { readonly kind: 'silent' }
  /** What came back is not JSON-RPC. */
  | { readonly kind: 'stranger' }

/** What kept a connection from coming about: `refused`: the machine is there, and nobody listens at that port. */
export type Absence = 'refused' | 'unknown-host' | 'no-way' | 'no-answer' | 'other'

/** Longer than any healthy process takes, shorter than a person's patience. */
const ANSWER_MS = 2_000

/** Never rejects. */
export async function presenceAt(
  probes: Pick<Probes, 'call'>,
  address: Address,
  method: string,
  params: readonly Json[] = [],
  meta?: CallMeta,
): Promise<Presence> {
  try {
    return { kind: 'answer', result: await probes.call(address, method, params, ANSWER_MS, meta) }
  } catch (error) {
    if (error instanceof UnreachableError) return absenceOf(error)
    if (error instanceof OutcomeUnknownError && error.noAnswer !== undefined)
      return UNANSWERED[error.noAnswer]
    if (!(error instanceof RollcallError)) return { kind: 'nobody', why: String(error), cause: 'other' }
    if (error instanceof TlsError) return unsecured(error)
    if (error.label !== 'METHOD_NOT_FOUND') return { kind: 'refused', error }
    const objects = await probes.call(address, 'daemon.objects', [], ANSWER_MS).catch(() => [])
    return { kind: 'other-objects', objects: textsIn(objects) }
  }
}

/** Programs of this project do not end a connection instead of answering. */
const UNANSWERED: Readonly<Record<NoAnswer, Presence>> = {
  silent: { kind: 'silent' },
  broken: { kind: 'stranger' },
}

/** By the operating system's code of what went wrong. */
const ABSENCES: Readonly<Record<string, readonly [Absence, string]>> = {
  ECONNREFUSED: ['refused', 'nobody listens there'],
  ENOTFOUND: ['unknown-host', 'the host name is unknown'],
  EAI_AGAIN: ['unknown-host', 'the host name can not be resolved now'],
  EHOSTUNREACH: ['no-way', 'there is no way to that host'],
  ENETUNREACH: ['no-way', 'there is no way to that network'],
  ETIMEDOUT: ['no-answer', 'the host does not answer'],
}

/**
 * What to do about it, where somebody should listen at `place`. `start` is a command that is of use only on its
 * machine.
 */
export function adviceOn(cause: Absence, place: string, start: string): string {
  switch (cause) {
    case 'refused':
      return `start it with \`${start}\``
    case 'unknown-host':
      return `correct the host in ${place}, or make it known to this machine`
    case 'no-way':
    case 'no-answer':
      return `see whether that machine is up, and whether a firewall keeps connections to ${place} away`
    case 'other':
      return `see whether ${place} is right and \`${start}\` runs there`
  }
}

/** What to do stands behind the last colon. */
function unsecured(error: TlsError): Presence {
  const { message } = error.cause instanceof TlsError ? error.cause : error
  const colon = message.lastIndexOf(': ')
  return { kind: 'unsecured', why: message.slice(0, colon), advice: message.slice(colon + 2) }
}

function absenceOf({ cause, message }: UnreachableError): Presence {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined
  const [absence, why] = (typeof code === 'string' ? ABSENCES[code] : undefined) ?? ['other', message]
  return { kind: 'nobody', why, cause: absence }
}
