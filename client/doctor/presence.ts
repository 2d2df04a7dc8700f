/** Who is at an address: nobody, somebody else, or a program of this project, and what it says. */
import { textsIn, type Json } from '../../lib/json.js'
import type { Address } from '../../lib/ports.js'
import { OutcomeUnknownError, RollcallError, UnreachableError, type NoAnswer } from '../../lib/rpc/errors.js'
import type { Probes } from '../../lib/client/probes.js'

export type Presence =
  | { readonly kind: 'answer'; readonly result: Json }
  /** A program of this project that has no such object; these it has. */
  | { readonly kind: 'other-objects'; readonly objects: readonly string[] }
  | { readonly kind: 'refused'; readonly error: RollcallError }
  /** Nobody could be connected to. */
  | { readonly kind: 'nobody'; readonly why: string }
  /** The connection was taken, and nothing came back. */
  | { readonly kind: 'silent' }
  /** What came back is not JSON-RPC. */
  | { readonly kind: 'stranger' }

/** Longer than any healthy process takes, shorter than a person's patience. */
const ANSWER_MS = 2_000

/** Never rejects. */
export async function presenceAt(
  probes: Pick<Probes, 'call'>,
  address: Address,
  method: string,
  params: readonly Json[] = [],
): Promise<Presence> {
  try {
    return { kind: 'answer', result: await probes.call(address, method, params, ANSWER_MS) }
  } catch (error) {
    if (error instanceof UnreachableError) return { kind: 'nobody', why: reasonOf(error) }
    if (error instanceof OutcomeUnknownError && error.noAnswer !== undefined)
      return UNANSWERED[error.noAnswer]
    if (!(error instanceof RollcallError)) return { kind: 'nobody', why: String(error) }
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
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name can not be resolved now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'the host does not answer',
}

function reasonOf(error: UnreachableError): string {
  const code: unknown = error.cause instanceof Error ? Reflect.get(error.cause, 'code') : undefined
  return (typeof code === 'string' ? REASONS[code] : undefined) ?? error.message
}
