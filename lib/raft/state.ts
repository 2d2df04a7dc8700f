import { ElectionTimer } from './election-timer.js'
import { invariant } from './invariant.js'
import { RaftLog } from './log.js'
import { Membership } from './membership.js'
import { Persistence } from './persistence.js'
import type { Progress } from './progress.js'
import type { RecentEnd } from './recent-end.js'
import { votersOf } from './quorum.js'
import { DataAge } from './data-age.js'
import type { Speaker } from './events.js'
import type { ReadLease } from './read-lease.js'
import type { ReadQueue } from './reads.js'
import { RemoteReads } from './remote-reads.js'
import type {
  Effect,
  Incarnation,
  KnownStart,
  Lineage,
  LogIndex,
  RaftEvent,
  RaftOptions,
  Recovered,
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
  /**
   * When this process was last held up, and could neither ask nor hear anybody; -Infinity: not in this term of office.
   */
  heldUpAt: number
  /** The voter that is to lead next; no commands are taken meanwhile (thesis §3.10). */
  transferringTo: ServerId | undefined
  /** When the transfer under way is given up. */
  transferDeadline: Ticks
  /**
   * Another was told to stand in this term of office. It may do so at any time from then on, whoever hears this leader.
   */
  hasNamedSuccessor: boolean
  /**
   * UTF-16 units of command data that is not applied here yet, whoever appended it: the uncommitted tail and the apply
   * queue.
   */
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
  /** When the leader was last heard; undefined without a leader, when its process has ended, and at the leader itself. */
  leaderHeardAt: Ticks | undefined
  /**
   * When a leader was last followed, of whatever term, or this server started, which may have forgotten one: from here
   * on a lease may rest on its giving no vote.
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
  /**
   * Those that are known to be back with an older copy of their folder, and were reported: each with its folder's
   * starts.
   */
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

/** Who is alone and has no leader has nobody to wait for. */
export function restartElectionTimer(s: State): void {
  if (s.leaderId === undefined && !s.stalled && isAlone(s)) s.electionTimer.runOut(s.now)
  else s.electionTimer.restart(s.now)
}

/** The only voter: its own word decides. */
export function isAlone({ membership, options }: State): boolean {
  return votersOf(membership.configuration).every((id) => id === options.id)
}
