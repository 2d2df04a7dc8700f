import { ElectionTimer } from './election-timer.js'
import { invariant, violation } from './invariant.js'
import { RaftLog, sizeOf } from './log.js'
import { Membership } from './membership.js'
import { Persistence } from './persistence.js'
import type { Progress } from './progress.js'
import type { RecentEnd } from './recent-end.js'
import { isVoter, membersOf, votersOf } from './quorum.js'
import { DataAge } from './data-age.js'
import type { Events, Speaker } from './events.js'
import type { ReadLease } from './read-lease.js'
import type { ReadQueue } from './reads.js'
import { RemoteReads } from './remote-reads.js'
import type {
  Effect,
  Entry,
  Exchange,
  Incarnation,
  KnownStart,
  Lineage,
  LogIndex,
  RaftEvent,
  RaftOptions,
  Recovered,
  Response,
  ServerId,
  Term,
  Ticks,
} from './types.js'
import { logIndex, term, ticks } from './types.js'

export interface Follower {
  readonly role: 'follower'
}

/** Asks whether it would win, before it disturbs anyone with a higher term (thesis §9.6). */
export interface PreCandidate {
  readonly role: 'preCandidate'
  readonly votes: Map<ServerId, boolean>
  /** Who has answered, as in {@link Candidate}. */
  readonly heard: Map<ServerId, Speaker>
}

export interface Candidate {
  readonly role: 'candidate'
  /** Its own vote comes in when it is durable. */
  readonly votes: Map<ServerId, boolean>
  /** Who has answered this candidacy, be it the pre-vote, so that a first leader can pin them. */
  readonly heard: Map<ServerId, Speaker>
}

/** Figure 2, "volatile state on leaders", and what goes with it. Thrown away whole at the end of the term of office. */
export interface Leader {
  readonly role: 'leader'
  /** Of each other member, and of those that have left until they know it. */
  readonly progress: Map<ServerId, Progress>
  readonly recentEnd: RecentEnd
  readonly reads: ReadQueue
  /** Undefined: reads always ask a quorum. */
  readonly lease: ReadLease | undefined
  /** The first entry of this term; reads wait until it is committed. */
  readonly firstIndex: LogIndex
  /** The current heartbeat round. */
  round: number
  heartbeatDue: Ticks
  /** When it next looks who is silent, gone or has caught up. Not put off by the rounds that reads begin. */
  housekeepingDue: Ticks
  /** When this process was last held up, and could neither ask nor hear anybody; -Infinity: not in this term of office. */
  heldUpAt: number
  /** The voter that is to lead next; no commands are taken meanwhile (thesis §3.10). */
  transferringTo: ServerId | undefined
  /** When the transfer under way is given up. */
  transferDeadline: Ticks
  /** Another was told to stand in this term of office. It may do so at any time from then on, whoever hears this leader. */
  hasNamedSuccessor: boolean
  /** UTF-16 units of command data that is not applied here yet, whoever appended it: the uncommitted tail and the apply queue. */
  unappliedSize: number
}

export type Standing = Follower | PreCandidate | Candidate | Leader

/** Everything a server is. Only the functions beside this file change it, and only within a step. */
export interface State {
  readonly options: RaftOptions
  readonly log: RaftLog
  readonly persistence: Persistence
  readonly membership: Membership
  now: Ticks
  currentTerm: Term
  votedFor: ServerId | undefined
  standing: Standing
  leaderId: ServerId | undefined
  /** When the leader was last heard; undefined without a leader, and at the leader itself. */
  leaderHeardAt: Ticks | undefined
  /**
   * When a leader was last followed, of whatever term, or this server started, which may have forgotten one: from here on
   * a lease may rest on its giving no vote.
   */
  followedAt: Ticks
  startedAt: Ticks
  /** Reads of this follower that wait for its leader's word. Empty while it knows no leader. */
  readonly remoteReads: RemoteReads
  readonly dataAge: DataAge
  commitIndex: LogIndex
  /** Handed out in `apply` effects up to here. */
  applyIndex: LogIndex
  lastApplied: LogIndex
  /** The state machine is on its way to the snapshot at lastApplied: what it shows is older. */
  isRestoring: boolean
  readonly electionTimer: ElectionTimer
  /** The disk has hung for an election timeout: no standing, no leading, until a persist completes. */
  stalled: boolean
  stopped: boolean
  /** Which wrong incarnation was last reported of whom: one event each, not one a message. */
  readonly reported: Map<ServerId, Incarnation>
  /** Those that are known to be back with an older copy of their folder, and were reported: each with its folder's starts. */
  readonly olderCopies: Map<ServerId, Lineage | undefined>
  /** A start that this server's folder lacks, by the log of the one that said so which goes furthest. */
  lacked: KnownStart | undefined
  effects: Effect[]
}

/**
 * §5.2: a server begins as a follower, with the term and the vote that it had. Its state is that of its snapshot, and
 * what follows is applied again. The snapshot may be of a later term than the hard state: it is another file, and was
 * perhaps durable first. No vote of that term has left then, as it would have waited for the hard state.
 */
export function recover(options: RaftOptions, { hardState, entries, snapshot }: Recovered): State {
  const snapshotIndex = snapshot?.index ?? logIndex(0)
  const log = new RaftLog(snapshotIndex, snapshot?.term ?? term(0), entries)
  const lastTerm = entries.at(-1)?.term ?? term(0)
  invariant(lastTerm <= hardState.currentTerm, 'No entry is of a later term than currentTerm', {
    currentTerm: hardState.currentTerm,
    lastTerm,
  })
  const isBehind = log.lastTerm > hardState.currentTerm
  return {
    options,
    log,
    persistence: new Persistence(log.lastIndex),
    membership: new Membership(options.bootstrap, snapshot, entries),
    now: ticks(0),
    currentTerm: isBehind ? log.lastTerm : hardState.currentTerm,
    votedFor: isBehind ? undefined : hardState.votedFor,
    standing: { role: 'follower' },
    leaderId: undefined,
    leaderHeardAt: undefined,
    followedAt: ticks(0),
    startedAt: ticks(0),
    remoteReads: new RemoteReads(options.seed),
    dataAge: new DataAge(),
    commitIndex: snapshotIndex,
    applyIndex: snapshotIndex,
    lastApplied: snapshotIndex,
    isRestoring: false,
    electionTimer: new ElectionTimer(options),
    stalled: false,
    stopped: false,
    reported: new Map(),
    olderCopies: new Map(),
    lacked: undefined,
    effects: [],
  }
}

export function announce(s: State, event: RaftEvent): void {
  s.effects.push({ type: 'event', event })
}

/** Answers once term and vote, as they stand now, and the entries up to `durable` are on disk. */
export function reply(
  s: State,
  exchange: Exchange,
  message: Response,
  durable: LogIndex = logIndex(0),
): void {
  const hardState = s.persistence.hardStateToken()
  const entries = s.persistence.indexToken(durable)
  const after =
    hardState === undefined || (entries !== undefined && entries > hardState) ? entries : hardState
  s.effects.push({ type: 'reply', exchange, message, ...(after !== undefined && { after }) })
}

export function appendToLog(s: State, entries: readonly Entry[]): void {
  const [first] = entries
  if (first === undefined) return
  s.log.append(entries)
  s.persistence.appended(first.index)
  if (entries.some(({ kind }) => kind === 'identity' || kind === 'configuration')) noteMembers(s, entries)
}

function noteMembers(s: State, entries: readonly Entry[]): void {
  s.membership.appended(entries)
  noteStarts(s)
  if (entries.some(({ kind }) => kind === 'configuration')) announceConfiguration(s)
}

/** This very server may be an older copy: it learns of it in its log, and there that it, or another one, has caught up. */
export function noteStarts(s: State): void {
  const { id, starts } = s.options
  const members = membersOf(s.membership.configuration)
  noteOlderCopy(s, { from: id, starts })
  for (const [from, copied] of s.olderCopies) {
    if (members.includes(from)) noteOlderCopy(s, { from, starts: copied })
    else s.olderCopies.delete(from)
  }
}

/** Whether whoever speaks does so from an older copy. Told once when it shows, and once when it is over. */
export function noteOlderCopy(s: State, { from, starts }: Pick<Speaker, 'from' | 'starts'>): boolean {
  const isOlder = from === s.options.id ? isOlderCopy(s) : s.membership.isOlderCopy(from, starts)
  const wasOlder = s.olderCopies.has(from)
  if (isOlder) s.olderCopies.set(from, starts)
  else s.olderCopies.delete(from)
  if (isOlder !== wasOlder) announce(s, { type: isOlder ? 'olderCopy' : 'caughtUp', peer: from })
  return isOlder
}

/**
 * Whether this very server goes on from less than it has said. Its own log may be from before that too: then the word of
 * one whose log goes further counts, until its own has got as far and says the same, or has it settled.
 */
export function isOlderCopy({ membership, options, log, lacked }: State): boolean {
  const isBehind = lacked !== undefined && !log.covers(lacked.lastLogTerm, lacked.lastLogIndex)
  return isBehind || membership.isOlderCopy(options.id, options.starts)
}

export function truncateLog(s: State, from: LogIndex): void {
  invariant(from > s.commitIndex, 'Committed entries are never truncated', {
    commitIndex: s.commitIndex,
    from,
    currentTerm: s.currentTerm,
  })
  const { configuration } = s.membership
  s.log.truncateFrom(from)
  s.membership.truncatedFrom(from)
  s.persistence.truncated(from)
  if (s.membership.configuration !== configuration) announceConfiguration(s)
}

export function commitTo(s: State, index: LogIndex): void {
  if (index <= s.commitIndex) return
  const { lastIndex } = s.log
  if (index > lastIndex)
    throw violation('Only what is in the log is committed', { commitIndex: index, lastIndex })
  const before = s.commitIndex
  s.commitIndex = index
  if (before < s.membership.lastIndex) announceCommitted(s, before)
}

/** What the entries after `before` that are committed now say of the cluster itself. */
function announceCommitted(s: State, before: LogIndex): void {
  for (const { index, configuration, left } of s.membership.configurationsBetween(before, s.commitIndex)) {
    if (left.has(s.options.id) && isThisOne(s, left.get(s.options.id)))
      announce(s, { type: 'removed', index })
    if (configuration.outgoing === undefined)
      announce(s, { type: 'configurationCommitted', index, configuration })
  }
  const known = s.membership.committedClusterId
  s.membership.committed(s.commitIndex)
  noteStarts(s)
  const clusterId = s.membership.committedClusterId
  if (clusterId !== undefined && clusterId !== known) announce(s, { type: 'clusterPinned', clusterId })
}

/**
 * Whether a member of this id that was pinned so is this very one: who comes back with a new folder reads in the log of
 * its former self's end. One that was never heard is this one if the cluster began with it, as such a folder is not made
 * for who comes back.
 */
function isThisOne(
  { options: { id, incarnation, bootstrap } }: State,
  pinned: Incarnation | undefined,
): boolean {
  return pinned === undefined ? isVoter(bootstrap, id) : pinned === incarnation
}

/** The disk's news. */
export function onPersisted(s: State, { token }: Events['persisted']): void {
  s.persistence.completed(token)
  s.stalled = false
}

/** The state machine's news. */
export function onApplied(s: State, { index }: Events['applied']): void {
  const { applyIndex: handedOut } = s
  if (index > handedOut) throw violation('Only what was handed out is applied', { applied: index, handedOut })
  if (index < s.lastApplied) return
  advanceApplied(s, index)
  s.isRestoring = false
  if (s.dataAge.next !== undefined) s.dataAge.applied(s.lastApplied, (at) => s.log.termAt(at))
}

/** The state machine is at `index`, by entries or by a snapshot; what the log holds up to there burdens nobody any more. */
export function advanceApplied(s: State, index: LogIndex): void {
  if (s.standing.role === 'leader') {
    s.standing.unappliedSize -= sizeOf(s.log.slice(logIndex(s.lastApplied + 1), index))
  }
  s.lastApplied = index
}

/** Who is alone and has no leader has nobody to wait for. */
export function restartElectionTimer(s: State): void {
  if (s.leaderId === undefined && !s.stalled && isAlone(s)) s.electionTimer.runOut(s.now)
  else s.electionTimer.restart(s.now)
}

/** Its own vote decides, and is on its way to disk. However long that takes, another election would only begin it anew. */
export function awaitsItselfAlone(s: State): boolean {
  return s.standing.role === 'candidate' && isAlone(s)
}

/** The only voter: its own word decides. */
export function isAlone({ membership, options }: State): boolean {
  return votersOf(membership.configuration).every((id) => id === options.id)
}

/**
 * Learners, members that were removed, wiped ones, older copies and stopped ones only follow. One whose removal is not
 * committed, as far as it knows, may still be needed: it may be the only one left that holds the entry (thesis §4.2.2).
 */
export function mayStand(s: State): boolean {
  const { id, incarnation } = s.options
  const isWiped = s.membership.contradicted(id, incarnation) !== undefined
  const mayVote = s.membership.configurations.some((each) => isVoter(each, id))
  return mayVote && !isWiped && !isOlderCopy(s) && !s.stopped
}

export function announceConfiguration(s: State): void {
  announce(s, { type: 'configurationChanged', configuration: s.membership.configuration })
}
