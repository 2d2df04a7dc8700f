/** Members that have come for the first time, and count for no majority before one without them has written that down. */
import type { MemberStatus } from '../member.js'

export interface Uncounted {
  /** Those that answer. At least one. */
  readonly newcomers: readonly string[]
  /** Those that count and do not answer. */
  readonly missing: readonly string[]
  /** How many of those have to be back before anything is committed. 0: it passes by itself. */
  readonly short: number
}

/** By the word of `leader`. `answering`: of all members. Undefined: all that answer count. */
export function uncountedOf(leader: MemberStatus, answering: ReadonlySet<string>): Uncounted | undefined {
  const voters = leader.members.filter(({ voter }) => voter).map(({ id }) => id)
  const uncounted = new Set(leader.uncounted)
  const newcomers = voters.filter((id) => uncounted.has(id) && answering.has(id))
  if (newcomers.length === 0) return undefined
  const counting = voters.filter((id) => !uncounted.has(id))
  const missing = counting.filter((id) => !answering.has(id))
  const majority = Math.floor(voters.length / 2) + 1
  const short = Math.max(0, majority - (counting.length - missing.length))
  return { newcomers, missing, short: Math.min(short, missing.length) }
}
