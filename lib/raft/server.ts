import { knownAt, quorumSilentSince } from './contact.js'
import { votersOf } from './quorum.js'
import { receiveRequest, receiveResponse } from './receive.js'
import { positionAt } from './compaction.js'
import type { State } from './state.js'
import { awaitsItselfAlone, mayStand } from './eligibility.js'
import { noteStarts } from './known-copies.js'
import { recover, restartElectionTimer } from './state.js'
import { handleOwn } from './table.js'
import type {
  Effect,
  Entry,
  Input,
  LogIndex,
  RaftOptions,
  RaftServer,
  RaftView,
  Recovered,
  ServerId,
  SnapshotPosition,
  Ticks,
} from './types.js'
import { logIndex, ticks } from './types.js'

/** One Raft member with what it had on disk. Throws {@link InvariantViolation} when that contradicts itself. */
export function createRaftServer(options: RaftOptions, recovered: Recovered): RaftServer {
  return new Server(recover(options, recovered))
}

class Server implements RaftServer {
  readonly #state: State
  #hasStarted = false
  #view: RaftView | undefined

  constructor(state: State) {
    this.#state = state
  }

  get view(): RaftView {
    return (this.#view ??= viewOf(this.#state))
  }

  entries(from: LogIndex, to: LogIndex): readonly Entry[] {
    return this.#state.log.slice(from, to)
  }

  sizeAt(index: LogIndex): number {
    return this.#state.log.sizeAt(index)
  }

  dataAge(now: Ticks): Ticks | undefined {
    const age = now - knownAt(this.#state, now)
    return age === Infinity ? undefined : ticks(Math.max(age, 0))
  }

  uncounted(): readonly ServerId[] {
    const { membership, options, standing, leaderId, commitIndex, log } = this.#state
    const voters = votersOf(membership.configuration)
    if (standing.role === 'leader') return voters.filter((id) => !membership.counts(id, commitIndex))
    if (leaderId === undefined || !voters.includes(options.id)) return []
    return membership.isCountedByAll(options.id, log.snapshotIndex) ? [] : [options.id]
  }

  positionAt(index: LogIndex): SnapshotPosition {
    return positionAt(this.#state, index)
  }

  step(input: Input, now: Ticks): readonly Effect[] {
    const s = this.#state
    this.#view = undefined
    s.now = now
    s.effects = []
    if (!this.#hasStarted) this.#start()
    if (s.stopped && !AFTER_STOP.has(input.type)) return collect(s)
    if (input.type === 'request') receiveRequest(s, input)
    else if (input.type === 'response') receiveResponse(s, input)
    else handleOwn(s, input)
    return collect(s)
  }

  /** The first step says what time it is: the election timeout counts from there. */
  #start(): void {
    this.#hasStarted = true
    this.#state.followedAt = this.#state.now
    this.#state.startedAt = this.#state.now
    restartElectionTimer(this.#state)
    noteStarts(this.#state)
  }
}

/** After `stop` callers still get their refusals, and the disk's and the state machine's news are still noted. */
const AFTER_STOP: ReadonlySet<Input['type']> = new Set([
  'propose',
  'read',
  'configure',
  'transfer',
  'persisted',
  'applied',
])

/** The step's one record comes first, so that the disk is busy while the rest is done; what to apply comes last. */
function collect(s: State): readonly Effect[] {
  const { currentTerm, votedFor, effects, persistence } = s
  const persist = persistence.isDue ? persistence.flush({ currentTerm, votedFor }, s.log) : undefined
  if (persist !== undefined) effects.unshift(persist)
  if (s.applyIndex < s.commitIndex) {
    effects.push({ type: 'apply', from: logIndex(s.applyIndex + 1), to: s.commitIndex })
    s.applyIndex = s.commitIndex
  }
  return effects
}

const NOBODY: RaftView['progress'] = new Map()

function viewOf(s: State): RaftView {
  return {
    id: s.options.id,
    role: s.standing.role,
    currentTerm: s.currentTerm,
    votedFor: s.votedFor,
    leaderId: s.leaderId,
    commitIndex: s.commitIndex,
    lastApplied: s.lastApplied,
    lastLogIndex: s.log.lastIndex,
    lastLogTerm: s.log.lastTerm,
    durableIndex: s.persistence.durableIndex,
    snapshotIndex: s.log.snapshotIndex,
    configuration: s.membership.configuration,
    configurationIndex: s.membership.configurationIndex,
    configurationTerm: s.membership.configurationTerm,
    bootstrap: s.options.bootstrap,
    configurations: s.membership.configurations,
    departed: s.membership.departed,
    progress: s.standing.role === 'leader' ? s.standing.progress : NOBODY,
    transferringTo: s.standing.role === 'leader' ? s.standing.transferringTo : undefined,
    clusterId: s.membership.committedClusterId,
    clusterIdInLog: s.membership.clusterId,
    backup: s.membership.backup,
    pins: s.membership.pins,
    starts: s.membership.starts,
    olderCopies: s.olderCopies,
    deadline: deadlineOf(s),
  }
}

function deadlineOf(s: State): Ticks | undefined {
  const { standing } = s
  if (s.stopped) return undefined
  if (standing.role !== 'leader') {
    const isTimed = s.leaderId !== undefined || (mayStand(s) && !awaitsItselfAlone(s))
    return isTimed ? s.electionTimer.deadline : undefined
  }
  if (standing.progress.size === 0) return undefined
  const checkQuorum = quorumSilentSince(s, standing) + s.options.electionTimeoutMax
  const transfer = standing.transferringTo === undefined ? Infinity : standing.transferDeadline
  const { heartbeatDue, housekeepingDue } = standing
  return ticks(Math.max(Math.min(heartbeatDue, housekeepingDue, checkQuorum, transfer), 0))
}
