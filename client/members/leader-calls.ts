/** Calls to whichever member leads now, as it may change from one attempt to the next. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../../lib/json.js'
import {
  InternalError,
  NoQuorumError,
  OutcomeUnknownError,
  RollcallError,
  toWire,
} from '../../lib/rpc/errors.js'
import type { MemberStatus } from '../../lib/member.js'
import type { Rollcall } from '../../lib/client/connect.js'
import { memberStatus } from '../../lib/client/member-status.js'

const PAUSE_MS = 100

/**
 * Calls `method` of the leader's member object until it is done, `timeoutMs` are over, or it is refused for good. The
 * method must be one that may be asked for again, as those that change the members are. Rejects with OUTCOME_UNKNOWN when
 * any attempt may have begun it. `saysDone` knows the refusal by which the leader tells, after an attempt that may have
 * done it, that it is done: then this resolves with null.
 */
export async function callLeader(
  rollcall: Pick<Rollcall, 'leader' | 'call'>,
  method: string,
  params: readonly Json[],
  timeoutMs: number,
  saysDone: (error: unknown) => Promise<boolean> = () => Promise.resolve(false),
): Promise<Json> {
  const deadline = Date.now() + timeoutMs
  let mayHaveBegun = false
  for (;;) {
    const attempt = await once(rollcall, method, params, Math.max(deadline - Date.now(), 1))
    if ('result' in attempt) return attempt.result
    if (mayHaveBegun && (await saysDone(attempt.error))) return null
    const isOver = Date.now() + PAUSE_MS >= deadline
    if (isOver || !mayPass(attempt.error)) throw verdict(method, attempt.error, mayHaveBegun)
    mayHaveBegun ||= isUnknown(attempt.error)
    await sleep(PAUSE_MS)
  }
}

/**
 * The leader's own account, waited for as in {@link callLeader}. Other members may lag behind, and tell of members that
 * are none any more.
 */
export async function leaderStatus(
  rollcall: Pick<Rollcall, 'leader' | 'call'>,
  timeoutMs: number,
): Promise<MemberStatus> {
  const status = memberStatus(await callLeader(rollcall, 'status', [], timeoutMs))
  if (status === undefined) throw new InternalError('the leader answers, but not as a member does')
  return status
}

async function once(
  rollcall: Pick<Rollcall, 'leader' | 'call'>,
  method: string,
  params: readonly Json[],
  timeoutMs: number,
): Promise<{ result: Json } | { error: unknown }> {
  try {
    const leader = await rollcall.leader()
    if (leader === null) throw new NoQuorumError(`${method} must wait: the members have no leader now`)
    return { result: await rollcall.call(leader, method, params, { timeoutMs }) }
  } catch (error) {
    return { error }
  }
}

/** A leader that has been removed sends its callers to members where its own object is unknown. */
const PASSING: ReadonlySet<string> = new Set([
  'NOT_LEADER',
  'UNREACHABLE',
  'OVERLOADED',
  'OUTCOME_UNKNOWN',
  'NO_QUORUM',
  'METHOD_NOT_FOUND',
])

function mayPass(error: unknown): boolean {
  return error instanceof RollcallError && PASSING.has(error.label)
}

function isUnknown(error: unknown): boolean {
  return error instanceof RollcallError && error.outcome === 'unknown'
}

function verdict(method: string, error: unknown, mayHaveBegun: boolean): unknown {
  if (!mayHaveBegun || !mayPass(error) || isUnknown(error)) return error
  const sentence = `${method} may have been begun by an attempt before; the last said: ${toWire(error).message}`
  return new OutcomeUnknownError(sentence, { cause: error })
}
