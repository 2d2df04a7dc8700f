/** Short words for telling what one server sees: it stands, it leads, it follows, it is told. */
import type {
  AppendEntries,
  Entry,
  InstallSnapshot,
  RequestVote,
  ServerId,
  SnapshotPosition,
} from '../../lib/raft/index.js'
import { clusterId, incarnation, logIndex, serverId, term, ticks } from '../../lib/raft/index.js'
import { configurationOf, Driver, logOf, names, optionsFor } from './driver.js'

export const n1 = serverId('n1')
export const n2 = serverId('n2')
export const n3 = serverId('n3')
export const n4 = serverId('n4')
export const n5 = serverId('n5')
export const n6 = serverId('n6')

export interface Begin {
  readonly size?: number
  readonly term?: number
  readonly vote?: ServerId
  /** The terms of the entries in its log. */
  readonly terms?: readonly number[]
  readonly autoWrite?: boolean
}

/** A follower, n1 of `size`, that has waited long enough to believe in no leader. */
export function server({
  size = 3,
  term: currentTerm = 0,
  vote,
  terms = [],
  autoWrite = true,
}: Begin = {}): Driver {
  const voters = names(size)
  const hardState = { currentTerm: term(Math.max(currentTerm, ...terms)), votedFor: vote }
  const recovered = { hardState, entries: logOf(terms, voters) }
  const driver = new Driver(optionsFor(n1, voters), recovered, ticks(0), autoWrite)
  driver.tick(149)
  return driver
}

export function others(driver: Driver): readonly ServerId[] {
  return driver.view.configuration.voters.filter((id) => id !== driver.view.id)
}

/**
 * Its election timeout is over and a pre-vote is won: a candidate, its RequestVotes not yet taken. No more answer than
 * it takes.
 */
export function stand(driver: Driver): Driver {
  driver.tickAtDeadline()
  for (const id of others(driver)) {
    if (driver.view.role === 'candidate') break
    driver.answer(id, { type: 'preVoteResponse', term: term(driver.view.currentTerm + 1), voteGranted: true })
  }
  return driver
}

export function vote(driver: Driver, from: ServerId, voteGranted = true): void {
  driver.answer(from, { type: 'requestVoteResponse', term: driver.view.currentTerm, voteGranted })
}

/** Elected; its first AppendEntries not yet taken. */
export function lead(driver: Driver): Driver {
  stand(driver)
  driver.takeSent('requestVote')
  for (const id of others(driver)) vote(driver, id)
  return driver
}

/** Leads, and all of its log is committed. */
export function ready(driver = server()): Driver {
  lead(driver)
  for (const id of others(driver)) acknowledge(driver, id)
  driver.take()
  return driver
}

/** Its follower has everything up to `match`, or all there is. */
export function acknowledge(
  driver: Driver,
  from: ServerId,
  match: number = driver.view.lastLogIndex,
  round = 0,
  silence = 0,
): void {
  driver.answer(from, {
    type: 'appendEntriesResponse',
    term: driver.view.currentTerm,
    success: true,
    round,
    matchIndex: logIndex(match),
    ...(silence > 0 && { silence: ticks(silence) }),
  })
}

export function appendEntries(
  currentTerm: number,
  [prevLogIndex, prevLogTerm]: readonly [number, number],
  terms: readonly number[] = [],
  commit = 0,
): AppendEntries {
  return {
    type: 'appendEntries',
    term: term(currentTerm),
    leaderId: n2,
    prevLogIndex: logIndex(prevLogIndex),
    prevLogTerm: term(prevLogTerm),
    entries: terms.map((value, at) => command(prevLogIndex + at + 1, value)),
    leaderCommit: logIndex(commit),
    round: 1,
  }
}

/** A snapshot of the cluster of `server`, in which the members that this names are pinned. */
export function snapshotAt(
  index: number,
  lastTerm: number,
  members: readonly ServerId[] = names(3),
): SnapshotPosition {
  return {
    index: logIndex(index),
    term: term(lastTerm),
    configuration: configurationOf(members),
    clusterId: clusterId('test'),
    incarnations: members.map((id) => [id, incarnation(`${id}-first`)] as const),
  }
}

/** One piece of it, the first of several unless the test says otherwise. */
export function installSnapshot(
  currentTerm: number,
  snapshot: SnapshotPosition,
  { offset = 0, done = false, leaderId = n2 } = {},
): InstallSnapshot {
  return {
    type: 'installSnapshot',
    term: term(currentTerm),
    leaderId,
    snapshot,
    offset,
    data: `piece ${offset}`,
    checksum: 0,
    done,
  }
}

export function requestVote(
  currentTerm: number,
  [lastLogIndex, lastLogTerm]: readonly [number, number],
  candidateId = n2,
  transfer = false,
): RequestVote {
  return {
    type: 'requestVote',
    term: term(currentTerm),
    candidateId,
    lastLogIndex: logIndex(lastLogIndex),
    lastLogTerm: term(lastLogTerm),
    transfer,
  }
}

export function command(index: number, value: number): Entry {
  return { kind: 'command', index: logIndex(index), term: term(value), data: `${value}.${index}` }
}
