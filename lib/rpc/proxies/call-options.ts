/** The options of one call, besides its arguments. */
import { isObject } from '../../json.js'
import type { AnswerMeta, CallMeta } from '../exposed.js'
import { checkOptions, FUNCTION, OBJECT, TIMEOUT, type Rule, type Rules } from '../options.js'
import { CONSISTENCY, META_RULES } from '../messages/request.js'
import type { Signal } from '../signal.js'

export type { Signal } from '../signal.js'

/** As {@link CallMeta}, where undefined means absent. */
export type GivenMeta = { readonly [Name in keyof CallMeta]?: CallMeta[Name] | undefined }

/** Options of one call, given behind its arguments or to `with`. */
export interface CallOptions {
  /**
   * How long the call may take, including all its attempts, in milliseconds. The object's process is told. Default: as
   * `connect` was given, or 10,000.
   */
  readonly timeoutMs?: number | undefined
  /** When aborted, the call rejects with an AbortError at once. Default: none. */
  readonly signal?: Signal | undefined
  /** How fresh a query of a replicated object must be. Default `linearizable`. */
  readonly consistency?: CallMeta['consistency'] | undefined
  /** Whatever else travels beside the arguments, such as a token or annotations. Default: none. */
  readonly meta?: GivenMeta | undefined
  /**
   * Called with a sentence that says why the call has to wait (no leader, nobody answers): before another attempt, and
   * when it takes long before an attempt can be sent. Default: none.
   */
  readonly onWaiting?: ((why: string) => void) | undefined
  /** Called with what came beside the answer: for a `stale` query, how old its data is. It must not throw. */
  readonly onAnswerMeta?: ((meta: AnswerMeta) => void) | undefined
  /**
   * Called with each value that the method reports (`callContext().progress(value)`), in order, and never after the
   * call has its outcome. An attempt that has to be repeated reports as well. What it throws becomes an unhandled
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
