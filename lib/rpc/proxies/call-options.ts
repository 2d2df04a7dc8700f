/** What may be said of one call beside its arguments. */
import { isObject } from '../../json.js'
import type { AnswerMeta, CallMeta } from '../exposed.js'
import { checkOptions, FUNCTION, OBJECT, TIMEOUT, type Rule, type Rules } from '../options.js'
import { CONSISTENCY, META_RULES } from '../messages/request.js'
import type { Signal } from '../signal.js'

export type { Signal } from '../signal.js'

/** As {@link CallMeta}: what is undefined is not said. */
export type GivenMeta = { readonly [Name in keyof CallMeta]?: CallMeta[Name] | undefined }

/** What is said of one call, behind its arguments or in `with`. */
export interface CallOptions {
  /** Instead of the connection's own, in milliseconds. The object's process is told. */
  readonly timeoutMs?: number | undefined
  /** Whoever aborts it waits no longer: the call rejects with an AbortError at once. */
  readonly signal?: Signal | undefined
  /** Of a query of a replicated object. Default `linearizable`. */
  readonly consistency?: CallMeta['consistency'] | undefined
  readonly meta?: GivenMeta | undefined
  /**
   * Told why a call has to wait (no leader, nobody answers): before it is tried again, and
   * where an attempt takes long before it can be sent.
   */
  readonly onWaiting?: ((why: string) => void) | undefined
  /** Told with a `stale` query's answer how old its data is. It must not throw. */
  readonly onAnswerMeta?: ((meta: AnswerMeta) => void) | undefined
  /**
   * Told what the method says of how far it has come (`callContext().progress(value)`), in that order, before the call
   * has its outcome and never after it. Of an attempt that has to be made again, too. What it throws is an unhandled
   * rejection.
   */
  readonly onProgress?: ((value: unknown) => void) | undefined
}

const SIGNAL: Rule = {
  holds: (value) => isObject(value) && typeof value['aborted'] === 'boolean',
  wanted: 'an AbortSignal',
}

export const CALL_RULES: Rules<CallOptions> = {
  timeoutMs: TIMEOUT,
  signal: SIGNAL,
  consistency: CONSISTENCY,
  meta: OBJECT,
  onWaiting: FUNCTION,
  onAnswerMeta: FUNCTION,
  onProgress: FUNCTION,
}

/** `door`: what they were given to, for messages. @throws InvalidParamsError */
export function checkCallOptions(door: string, options: CallOptions): void {
  checkOptions(door, options, CALL_RULES)
  if (options.meta !== undefined) checkOptions(`${door}: meta`, saidIn(options.meta), META_RULES)
}

/** What is undefined takes nothing back. */
export function saidIn(meta: GivenMeta | undefined): CallMeta {
  const said = Object.entries(meta ?? {}).filter(([, value]) => value !== undefined)
  const known: Record<string, unknown> = Object.fromEntries(said)
  return known
}

/** A plain object that has members, each of them called like an option. */
export function isLikeOptions(value: unknown): value is CallOptions {
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return false
  let hasMembers = false
  // Left at the first other name, as nearly all objects are.
  for (const name in value) {
    if (!Object.hasOwn(CALL_RULES, name)) return false
    hasMembers = true
  }
  return hasMembers
}
