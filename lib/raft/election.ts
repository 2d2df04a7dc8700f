/** How a server comes to lead: §5.2, §5.4.1 and §9.6 (pre-vote). For whom it votes stands in voter.ts. */
import { sizeOf } from './log.js'
import { trackMembers } from './departures.js'
import { firstEntry } from './identity.js'
import { Progress } from './progress.js'
import { membersOf, voteResult, votersOf } from './quorum.js'
import { ReadLease } from './read-lease.js'
import { ReadQueue } from './reads.js'
import { RecentEnd } from './recent-end.js'
import { appendAsLeader } from './replication.js'
import { enterTerm, setLeader, stepDown } from './roles.js'
import type { Candidate, Leader, PreCandidate, State } from './state.js'
import { awaitsItselfAlone, mayStand } from './eligibility.js'
import { announce, restartElectionTimer } from './state.js'
import type { PreVote, RequestVote, ServerId } from './types.js'
import { logIndex, term, ticks } from './types.js'
import type { Events, Speaker } from './events.js'

/** Time is up for a leader to be heard, or for an election to end. */
export function onElectionTick(s: State): void {
  if (s.now < s.electionTimer.deadline) return
  if (mayStand(s) && !s.stalled) startPreVote(s)
  else loseContact(s)
}

export function loseContact(s: State): void {
  stepDown(s, 'electionLost')
  setLeader(s, undefined)
  restartElectionTimer(s)
}

/** Changes nothing that others could notice: no term, no vote. */
export function startPreVote(s: State): void {
  loseContact(s)
  const standing: PreCandidate = {
    role: 'preCandidate',
    votes: new Map([[s.options.id, true]]),
    heard: new Map(),
  }
  s.standing = standing
  askVoters(s, { type: 'preVote', term: term(s.currentTerm + 1), ...candidacy(s) })
  concludePreVote(s, standing)
}

export function onPreVoteResponse(s: State, event: Events['preVoteResponse'], standing: PreCandidate): void {
  const { voteGranted, term } = event.message
  if (voteGranted && term !== s.currentTerm + 1) return
  record(standing, event, voteGranted)
  concludePreVote(s, standing)
}

/**
 * Not asked for any more, but a sign of life: of the very first voters those that are pinned from the first entry on.
 */
export function onLatePreVoteResponse(
  _: State,
  { from, incarnation, starts }: Events['preVoteResponse'],
  { votes, heard }: Candidate,
): void {
  if (!votes.has(from)) heard.set(from, { from, incarnation, starts })
}

function concludePreVote(s: State, { votes, heard }: PreCandidate): void {
  const result = voteResult(s.membership.configuration, votes)
  if (result === 'won') startElection(s, false, heard)
  else if (result === 'lost') stepDown(s, 'electionLost')
}

/** "Increment currentTerm, vote for self, reset election timer, send RequestVote RPCs to all other servers" (§5.2). */
export function startElection(s: State, transfer: boolean, heard = new Map<ServerId, Speaker>()): void {
  enterTerm(s, term(s.currentTerm + 1), s.options.id)
  s.standing = { role: 'candidate', votes: new Map(), heard }
  restartElectionTimer(s)
  announce(s, { type: 'stoodForElection', term: s.currentTerm })
  askVoters(s, { type: 'requestVote', term: s.currentTerm, ...candidacy(s), transfer })
}

export function onCandidateTick(s: State): void {
  if (!awaitsItselfAlone(s)) onElectionTick(s)
}

/** The candidate's own vote is like any other: it counts when it is on disk. */
export function countOwnVote(s: State, standing: Candidate): void {
  if (s.persistence.hardStateToken() !== undefined) return
  const { id: from, incarnation, starts } = s.options
  countVote(s, standing, { from, incarnation, starts }, true)
}

export function onRequestVoteResponse(
  s: State,
  event: Events['requestVoteResponse'],
  standing: Candidate,
): void {
  countVote(s, standing, event, event.message.voteGranted)
}

function countVote(s: State, standing: Candidate, voter: Speaker, granted: boolean): void {
  record(standing, voter, granted)
  const result = voteResult(s.membership.configuration, standing.votes)
  if (result === 'won') becomeLeader(s, standing)
  else if (result === 'lost') stepDown(s, 'electionLost')
}

/** The first answer stands: a duplicate, or one that changed its mind, changes nothing. */
function record(
  { votes, heard }: PreCandidate | Candidate,
  { from, incarnation, starts }: Speaker,
  granted: boolean,
): void {
  if (votes.has(from)) return
  votes.set(from, granted)
  heard.set(from, { from, incarnation, starts })
}

/**
 * nextIndex starts at "leader last log index + 1" (Figure 2); those who voted have been heard. Who has been removed
 * since the last known commit may not know it yet.
 */
function becomeLeader(s: State, { votes, heard }: Candidate): void {
  const voters = [...votes.keys()].filter((id) => votes.get(id) === true)
  const next = logIndex(s.log.lastIndex + 1)
  const known = s.membership.configurations.flatMap(membersOf)
  const others = new Set(known.filter((id) => id !== s.options.id))
  const heardAt = (id: ServerId) => (voters.includes(id) ? s.now : undefined)
  const leader: Leader = {
    role: 'leader',
    progress: new Map([...others].map((id) => [id, new Progress(next, heardAt(id))])),
    recentEnd: new RecentEnd(s.now, s.log.lastIndex, s.options.electionTimeoutMin),
    reads: new ReadQueue(),
    lease: s.options.readLease ? new ReadLease() : undefined,
    firstIndex: next,
    round: 0,
    heartbeatDue: ticks(s.now + s.options.heartbeatInterval),
    housekeepingDue: ticks(s.now + s.options.heartbeatInterval),
    heldUpAt: -Infinity,
    transferringTo: undefined,
    transferDeadline: s.now,
    hasNamedSuccessor: false,
    unappliedSize: sizeOf(s.log.slice(logIndex(s.lastApplied + 1), s.log.lastIndex)),
  }
  s.standing = leader
  trackMembers(s, leader)
  announce(s, { type: 'elected', term: s.currentTerm, votes: voters })
  setLeader(s, s.options.id)
  appendAsLeader(s, leader, [firstEntry(s, heard)])
}

function candidacy(s: State) {
  return { candidateId: s.options.id, lastLogIndex: s.log.lastIndex, lastLogTerm: s.log.lastTerm }
}

/** A vote that is asked for must be on disk first; a pre-vote waits for nothing, as it promises nothing. */
function askVoters(s: State, message: PreVote | RequestVote): void {
  const after = message.type === 'requestVote' ? s.persistence.hardStateToken() : undefined
  for (const to of votersOf(s.membership.configuration)) {
    if (to === s.options.id) continue
    s.effects.push({ type: 'send', to, message, ...(after !== undefined && { after }) })
  }
}
