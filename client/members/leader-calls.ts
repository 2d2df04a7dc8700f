/** Calls to whichever member leads now: each member's own object has another name, so hints alone do not lead there. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../../lib/json.js'
import { NoQuorumError, RollcallError } from '../../lib/rpc/errors.js'
import type { Rollcall } from '../connect.js'

const PAUSE_MS = 100

/**
 * Calls `method` of the leader's member object until it is done, `timeoutMs` are over, or it is refused for good. The
 * method must be one that may be asked for again, as those that change the members are.
 */
export async function callLeader(
  rollcall: Rollcall,
  method: string,
  params: readonly Json[],
  timeoutMs: number,
): Promise<Json> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const attempt = await once(rollcall, method, params, Math.max(deadline - Date.now(), 1))
    if ('result' in attempt) return attempt.result
    const isOver = Date.now() + PAUSE_MS >= deadline
    if (isOver || !mayPass(attempt.error)) throw attempt.error
    await sleep(PAUSE_MS)
  }
}

async function once(
  rollcall: Rollcall,
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

const PASSING: ReadonlySet<string> = new Set([
  'NOT_LEADER',
  'UNREACHABLE',
  'OVERLOADED',
  'OUTCOME_UNKNOWN',
  'NO_QUORUM',
])

function mayPass(error: unknown): boolean {
  return error instanceof RollcallError && PASSING.has(error.label)
}
