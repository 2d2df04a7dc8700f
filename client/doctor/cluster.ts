/** The cluster as a whole: is there a majority, is there one leader, do all follow it? */
import { unbearable, unequal } from '../../lib/common-settings.js'
import type { MemberStatus } from '../../lib/member.js'
import { leaderOf, type Leader } from '../../lib/client/views.js'
import { uncountedOf, type Uncounted } from '../../lib/client/uncounted.js'
import { fine, note, problem, type Finding } from './finding.js'

/** `statuses`: of all members of this cluster that answer. */
export function judgeCluster(statuses: readonly MemberStatus[], cluster: string): readonly Finding[] {
  const about = `cluster ${cluster}`
  const voters = votersOf(statuses)
  if (voters === undefined)
    return [
      problem(
        about,
        'no member of it answers',
        'give the places of members with --members, or see what is said of each above',
      ),
    ]
  const present = new Set(statuses.map((status) => status.id))
  const missing = voters.filter((id) => !present.has(id))
  const majority = Math.floor(voters.length / 2) + 1
  const here = voters.length - missing.length
  const told = [...judgeRefusals(statuses), ...judgeSettings(statuses, about)]
  const count = `${here} of ${voters.length} voters answer`
  if (here < majority)
    return [
      problem(
        about,
        `${count}, a majority is ${majority}: no leader, and no command, until ${majority - here} more are there`,
        `start ${missing.join(' or ')}, or see above why nobody reaches them; if their data folders are lost for good, \`rollcall recover --help\``,
      ),
      ...told,
    ]
  return [
    fine(about, `${count}, a majority is ${majority}`),
    ...judgeLeader(statuses, about),
    ...judgeOlderCopies(statuses),
    ...judgeNewcomers(statuses, about),
    ...told,
  ]
}

/** Who refuses whom, by their own words; both may say the same. */
function judgeRefusals(statuses: readonly MemberStatus[]): readonly Finding[] {
  const told = new Map<string, Finding>()
  for (const { id, refusals = {} } of statuses) {
    for (const [peer, why] of Object.entries(refusals))
      if (!told.has(why)) told.set(why, problem(id, `has no understanding with ${peer}`, why))
  }
  return [...told.values()]
}

function judgeSettings(statuses: readonly MemberStatus[], about: string): readonly Finding[] {
  return [
    ...unequal(statuses).map((sentence) => note(about, `${sentence}: give all members the same`)),
    ...unbearable(statuses).map((sentence) => problem(about, sentence, 'give all members the same')),
  ]
}

function judgeLeader(statuses: readonly MemberStatus[], about: string): readonly Finding[] {
  const leader = leaderIn(statuses)
  if (leader === null)
    return [
      problem(
        about,
        'nobody leads though a majority answers',
        areApart(statuses)
          ? APART
          : 'an election takes below a second: ask again; if it stays so, the members do not reach each other: see their logs for "lost contact"',
      ),
    ]
  const strays = statuses
    .filter((status) => status.term !== leader.term || status.leader?.id !== leader.id)
    .map((status) => status.id)
  if (strays.length === 0) return [fine(about, `${leader.id} leads term ${leader.term}, and all follow it`)]
  return [
    problem(
      about,
      `${leader.id} leads term ${leader.term}, but ${strays.join(', ')} did not follow it`,
      areApart(statuses, strays)
        ? APART
        : `ask again; if it stays so, ${leader.id} does not reach them: check the network and the addresses in --members`,
    ),
  ]
}

const APART = 'see below who has no understanding with whom, and why'

/** Whether one of `members` refuses another member, or is refused. */
function areApart(statuses: readonly MemberStatus[], members = statuses.map(({ id }) => id)): boolean {
  const refusing = statuses.flatMap(({ id, refusals = {} }) =>
    Object.keys(refusals).map((peer) => [id, peer]),
  )
  return refusing.flat().some((id) => members.includes(id))
}

/** By the word of the leader, who counts by it; while nobody leads, of anybody. */
function judgeOlderCopies(statuses: readonly MemberStatus[]): readonly Finding[] {
  const leader = leaderIn(statuses)?.id
  const believed = leader === undefined ? statuses : statuses.filter(({ id }) => id === leader)
  const copies = new Set(believed.flatMap(({ olderCopies = [] }) => olderCopies))
  return [...copies].map((id) => {
    const what = `its data folder is an older copy, which lacks what it has acknowledged: it has no vote and counts for no majority`
    return leader === undefined
      ? problem(
          id,
          what,
          'start those that were up since: a majority of the voters has to be up without it for it to catch up; of two voters `rollcall recover` the other one',
        )
      : note(id, `${what} until ${leader} has brought it up to date`)
  })
}

/** By the word of the leader, who counts by it. */
export function uncountedIn(statuses: readonly MemberStatus[]): Uncounted | undefined {
  const leading = leaderIn(statuses)?.id
  const leader = statuses.find(({ id }) => id === leading)
  return leader && uncountedOf(leader, new Set(statuses.map(({ id }) => id)))
}

function judgeNewcomers(statuses: readonly MemberStatus[], about: string): readonly Finding[] {
  const uncounted = uncountedIn(statuses)
  if (uncounted === undefined) return []
  const { newcomers, missing, short } = uncounted
  const listed = missing.join(' or ')
  if (short === 0)
    return newcomers.map((id) =>
      note(
        id,
        'came for the first time, and counts for no majority before one without it has written that down',
      ),
    )
  return [
    problem(
      about,
      `${newcomers.join(' and ')} came for the first time, and counts for no majority before one without it has written that down: no command until then`,
      `start ${listed} again`,
    ),
  ]
}

/**
 * The leader whom a majority of the voters follows, whatever term a member has come to that nobody has an understanding
 * with; else the leader of the highest term that any of them knows of.
 */
export function leaderIn(statuses: readonly MemberStatus[]): Leader | null {
  const needed = Math.floor((votersOf(statuses)?.length ?? 0) / 2) + 1
  const followed = statuses.find((status) => followersOf(status, statuses).length >= needed)
  const believed = followed === undefined ? statuses : followersOf(followed, statuses)
  return leaderOf(believed.map((status) => ({ ...status, reachable: true })))
}

/** Those that follow the same leader in the same term as `member`, who is one of them. */
function followersOf(
  { term, leader }: MemberStatus,
  statuses: readonly MemberStatus[],
): readonly MemberStatus[] {
  if (leader === null) return []
  return statuses.filter((other) => other.term === term && other.leader?.id === leader.id)
}

/** The voters by the newest configuration that anybody has. */
function votersOf(statuses: readonly MemberStatus[]): readonly string[] | undefined {
  const newest = [...statuses].sort((a, b) => b.term - a.term || b.commitIndex - a.commitIndex)[0]
  return newest?.members.filter((member) => member.voter).map((member) => member.id)
}
