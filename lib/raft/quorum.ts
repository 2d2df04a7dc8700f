/** What a majority says. Knows configurations and numbers, and nothing else of Raft. */
import type { Configuration, ServerId } from './types.js'

export type VoteResult = 'won' | 'lost' | 'pending'

/** A server's part in a configuration decides whether it is asked, counted, or only told. */
export function isVoter({ voters, outgoing }: Configuration, id: ServerId): boolean {
  return voters.includes(id) || outgoing?.includes(id) === true
}

/** Everyone who votes, each once: in a joint change those of both configurations. */
export function votersOf(configuration: Configuration): readonly ServerId[] {
  return [...new Set(electorates(configuration).flat())]
}

/** Everyone who gets the log, each once: voters and learners. */
export function membersOf(configuration: Configuration): readonly ServerId[] {
  return [...new Set([...votersOf(configuration), ...configuration.learners])]
}

/** Undefined for whom the configuration does not name, also where every object inherits something of that name. */
export function uriIn({ uris }: Pick<Configuration, 'uris'>, id: string): string | undefined {
  return Object.hasOwn(uris, id) ? uris[id] : undefined
}

/**
 * The highest number that a quorum has reached: the commit index from match indices, a confirmed round from
 * acknowledged rounds, the time of a quorum's last contact from each one's. During a joint change both majorities
 * must have reached it. -Infinity stands for a server that does not count.
 */
export function quorumValue({ voters, outgoing }: Configuration, valueOf: (id: ServerId) => number): number {
  const value = majorityValue(voters, valueOf)
  return outgoing === undefined ? value : Math.min(value, majorityValue(outgoing, valueOf))
}

/** Whether the votes in so far win, lose, or leave it open. A voter that is missing in `votes` has not answered. */
export function voteResult(configuration: Configuration, votes: ReadonlyMap<ServerId, boolean>): VoteResult {
  const results = electorates(configuration).map((voters) => majorityResult(voters, votes))
  if (results.includes('lost')) return 'lost'
  return results.includes('pending') ? 'pending' : 'won'
}

/** How many voters any two quorums have in common at least: two when the number of voters is even, else one. */
export function quorumOverlap({ voters, outgoing }: Configuration): number {
  return outgoing === undefined ? 2 * majorityOf(voters) - voters.length : 1
}

function electorates(configuration: Configuration): readonly (readonly ServerId[])[] {
  const { voters, outgoing } = configuration
  return outgoing === undefined ? [voters] : [voters, outgoing]
}

function majorityOf(voters: readonly ServerId[]): number {
  return Math.floor(voters.length / 2) + 1
}

/** Nobody is no majority: an empty electorate never reaches anything. */
function majorityValue(voters: readonly ServerId[], valueOf: (id: ServerId) => number): number {
  const descending = voters.map(valueOf).sort((a, b) => b - a)
  return descending[Math.floor(voters.length / 2)] ?? -Infinity
}

function majorityResult(voters: readonly ServerId[], votes: ReadonlyMap<ServerId, boolean>): VoteResult {
  const majority = majorityOf(voters)
  const granted = voters.filter((id) => votes.get(id) === true).length
  const refused = voters.filter((id) => votes.get(id) === false).length
  if (granted >= majority) return 'won'
  return voters.length - refused >= majority ? 'pending' : 'lost'
}
