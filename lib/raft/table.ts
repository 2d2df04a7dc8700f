/**
 * Which handler runs for each (role, event) pair: the core's table of contents. Messages get here when their sender's
 * incarnation counts and their term is the current one (receive.ts settles both before).
 */
import {
  countOwnVote,
  onCandidateTick,
  onElectionTick,
  onLatePreVoteResponse,
  onPreVoteResponse,
  onRequestVoteResponse,
} from './election.js'
import type { Events, EventType, IncomingRequest, IncomingResponse, OwnInput, OwnInputOf } from './events.js'

import { onAppendEntries, onRivalLeader } from './follower.js'
import { onCompact } from './compaction.js'
import { onPeerGone } from './contact.js'
import { onConfigure } from './configure.js'
import { onAppendEntriesResponse, onHeldUp, onLeaderTick, onPeerUnreachable, onPropose } from './leader.js'
import { onStop, onStorageStalled } from './own-news.js'
import { onChunkStored, onInstallSnapshot, onInstallSnapshotResponse, onSnapshotStored } from './install.js'
import { onStartKnown } from './own-folder.js'
import { onRead, onReadIndex } from './heartbeats.js'
import { onPeerUnreachableAtFollower, onReadAtFollower, onReadIndexResponse } from './read-index.js'
import { advanceCommit } from './commit.js'
import { answerReadIndex, refuseReader } from './readers.js'
import type { Candidate, Follower, Leader, PreCandidate, Standing, State } from './state.js'
import { onApplied, onPersisted } from './own-log.js'
import { restartElectionTimer } from './state.js'
import { onTimeoutNow, onTransfer } from './transfer.js'
import type { Request, RequestOf, Response, ResponseOf, Role } from './types.js'
import { onPreVote, onPreVoteAsFollower, onPreVoteAsPreCandidate, onRequestVote } from './voter.js'

interface Standings {
  readonly follower: Follower
  readonly preCandidate: PreCandidate
  readonly candidate: Candidate
  readonly leader: Leader
}

export interface Cell<S extends Standing, Event> {
  /** What the handler does, in a few words; docs/raft.md prints it. */
  readonly does: string
  readonly run: (s: State, event: Event, standing: S) => void
}

type Row<Event> = { readonly [R in Role]: Cell<Standings[R], Event> }

type RequestRows = { readonly [T in Request['type']]: Row<IncomingRequest<RequestOf<T>>> }
type ResponseRows = { readonly [T in Response['type']]: Row<IncomingResponse<ResponseOf<T>>> }
type OwnRows = { readonly [T in OwnInput['type']]: Row<OwnInputOf<T>> }

/** One cell for several roles: what it does there does not depend on the role. */
function anywhere<E extends EventType>(
  does: string,
  run: Cell<Standing, Events[E]>['run'],
): Cell<Standing, Events[E]> {
  return { does, run }
}

const ignore = (why: string) => anywhere<EventType>(why, () => undefined)
const over = ignore('ignored: that election is over')
const stand = anywhere<'tick'>('stand (pre-vote first) once the election timeout is over', onElectionTick)
const listen = anywhere<'heldUp'>('wait for a whole election timeout again', restartElectionTimer)
const judge = anywhere<'preVote'>(
  'judge; grant unless a leader is there, the term is old or the log is shorter',
  onPreVote,
)
const keepVote = anywhere<'requestVote'>('refuse: its vote in this term is its own', onRequestVote)
const vote = anywhere<'requestVote'>('grant one vote a term, to a log at least as complete', onRequestVote)
const follow = anywhere<'appendEntries'>(
  'follow the sender; check, append, commit, acknowledge',
  onAppendEntries,
)
const refuseProposal = anywhere<'propose'>('refused: not the leader', (s) => {
  s.effects.push({ type: 'refused', reason: 'notLeader' })
})
const refuseRead = anywhere<'read'>('refused: not the leader', (s, { context }) => {
  refuseReader(s, { context }, 'notLeader')
})
const refuseConfiguration = anywhere<'configure'>('refused: not the leader', (s) => {
  s.effects.push({ type: 'configureRefused', reason: 'notLeader' })
})
const refuseTransfer = anywhere<'transfer'>('refused: not the leader', (s, { to }) => {
  s.effects.push({ type: 'transferEnded', to, outcome: 'notLeader' })
})
const install = anywhere<'installSnapshot'>(
  'follow the sender; store the piece, unless all of it is here already',
  onInstallSnapshot,
)
const refuseReadIndex = anywhere<'readIndex'>('refused: not the leader', (s, { exchange, message }) => {
  answerReadIndex(s, { exchange, number: message.number }, null)
})
const succeed = anywhere<'timeoutNow'>('stand at once, if it may', onTimeoutNow)
const compact = anywhere<'compact'>('drop the entries that a snapshot covers', onCompact)
const confirmChunk = anywhere<'chunkStored'>('ask for the next piece', onChunkStored)
const adoptSnapshot = anywhere<'snapshotStored'>(
  'let the log begin after it, unless the log is further already',
  onSnapshotStored,
)
const noteDurable = anywhere<'persisted'>('note what is durable', onPersisted)
const noteApplied = anywhere<'applied'>('note what the state machine has applied', onApplied)
const noteStall = anywhere<'storageStalled'>('do not stand until the disk answers', onStorageStalled)
const fallSilent = anywhere<'stop'>('fall silent', onStop)
const heed = anywhere<'startKnown'>(
  'if its folder lacks that start: neither stand nor vote until its log has got as far',
  onStartKnown,
)
const notSending = ignore('nothing: it sends no entries')
const noLeader = ignore('nothing: it follows nobody')

/** Complete by type: a role or an event without a handler does not compile. */
export const TABLE: RequestRows & ResponseRows & OwnRows = {
  tick: {
    follower: stand,
    preCandidate: stand,
    candidate: { does: `${stand.does}; alone, wait for the own vote`, run: onCandidateTick },
    leader: {
      does: 'step down when no quorum answers; heartbeat when due',
      run: onLeaderTick,
    },
  },
  heldUp: {
    follower: listen,
    preCandidate: listen,
    candidate: listen,
    leader: {
      does: "heartbeat when due; count nobody's silence up to now",
      run: onHeldUp,
    },
  },
  preVote: {
    follower: { does: `${judge.does}; with a better log, stand at once`, run: onPreVoteAsFollower },
    preCandidate: {
      does: `${judge.does}; give way to a rival that is better placed`,
      run: onPreVoteAsPreCandidate,
    },
    candidate: judge,
    leader: judge,
  },
  requestVote: { follower: vote, preCandidate: vote, candidate: keepVote, leader: keepVote },
  appendEntries: {
    follower: follow,
    preCandidate: follow,
    candidate: follow,
    leader: { does: 'stop: two leaders in one term break an invariant', run: onRivalLeader },
  },
  installSnapshot: {
    follower: install,
    preCandidate: install,
    candidate: install,
    leader: { does: 'stop: two leaders in one term break an invariant', run: onRivalLeader },
  },
  readIndex: {
    follower: refuseReadIndex,
    preCandidate: refuseReadIndex,
    candidate: refuseReadIndex,
    leader: { does: 'answer under a lease, or queue for the next heartbeat round', run: onReadIndex },
  },
  timeoutNow: { follower: succeed, preCandidate: succeed, candidate: succeed, leader: succeed },
  preVoteResponse: {
    follower: over,
    preCandidate: { does: 'count; stand on a majority, follow on a defeat', run: onPreVoteResponse },
    candidate: { does: 'note who is there; that election is over', run: onLatePreVoteResponse },
    leader: over,
  },
  requestVoteResponse: {
    follower: over,
    preCandidate: over,
    candidate: { does: 'count; lead on a majority, follow on a defeat', run: onRequestVoteResponse },
    leader: over,
  },
  appendEntriesResponse: {
    follower: ignore('ignored: no longer the leader'),
    preCandidate: ignore('ignored: no longer the leader'),
    candidate: ignore('ignored: not the leader yet'),
    leader: {
      does: 'note the match or back-track; commit, confirm reads, send more',
      run: onAppendEntriesResponse,
    },
  },
  installSnapshotResponse: {
    follower: ignore('ignored: no longer the leader'),
    preCandidate: ignore('ignored: no longer the leader'),
    candidate: ignore('ignored: not the leader yet'),
    leader: { does: 'send the next piece, or go on with entries', run: onInstallSnapshotResponse },
  },
  readIndexResponse: {
    follower: {
      does: 'release the reads that waited for it; ask for those that came meanwhile',
      run: onReadIndexResponse,
    },
    preCandidate: ignore('ignored: its reads were refused'),
    candidate: ignore('ignored: its reads were refused'),
    leader: ignore('ignored: its reads were refused'),
  },
  timeoutNowResponse: {
    follower: ignore('nothing: the request for votes says more'),
    preCandidate: ignore('nothing: the request for votes says more'),
    candidate: ignore('nothing: the request for votes says more'),
    leader: ignore('nothing: the request for votes says more'),
  },
  startKnown: {
    follower: heed,
    preCandidate: heed,
    candidate: heed,
    leader: ignore('nothing: a majority has elected it'),
  },
  peerUnreachable: {
    follower: {
      does: 'when it is the leader: refuse the reads that wait for its word',
      run: onPeerUnreachableAtFollower,
    },
    preCandidate: notSending,
    candidate: notSending,
    leader: { does: 'probe the peer from its last match on', run: onPeerUnreachable },
  },
  peerGone: {
    follower: {
      does: 'when it is the leader: owe it no silence, stand within a heartbeat interval',
      run: onPeerGone,
    },
    preCandidate: noLeader,
    candidate: noLeader,
    leader: ignore('nothing: it is sent what it lacks when it is back'),
  },
  propose: {
    follower: refuseProposal,
    preCandidate: refuseProposal,
    candidate: refuseProposal,
    leader: { does: 'append and replicate, or refuse: no quorum, overloaded', run: onPropose },
  },
  read: {
    follower: {
      does: 'ask the leader for the read index, or refused: not the leader',
      run: onReadAtFollower,
    },
    preCandidate: refuseRead,
    candidate: refuseRead,
    leader: { does: 'ready under a lease, or queue for the next heartbeat round', run: onRead },
  },
  configure: {
    follower: refuseConfiguration,
    preCandidate: refuseConfiguration,
    candidate: refuseConfiguration,
    leader: { does: 'append the joint or the new configuration, or refuse', run: onConfigure },
  },
  transfer: {
    follower: refuseTransfer,
    preCandidate: refuseTransfer,
    candidate: refuseTransfer,
    leader: { does: 'bring the successor up to date, then tell it to stand', run: onTransfer },
  },
  compact: { follower: compact, preCandidate: compact, candidate: compact, leader: compact },
  chunkStored: {
    follower: confirmChunk,
    preCandidate: confirmChunk,
    candidate: confirmChunk,
    leader: confirmChunk,
  },
  snapshotStored: {
    follower: adoptSnapshot,
    preCandidate: adoptSnapshot,
    candidate: adoptSnapshot,
    leader: adoptSnapshot,
  },
  persisted: {
    follower: noteDurable,
    preCandidate: noteDurable,
    candidate: {
      does: `${noteDurable.does}; count its own vote`,
      run: (s, event, candidate) => {
        onPersisted(s, event)
        countOwnVote(s, candidate)
      },
    },
    leader: {
      does: `${noteDurable.does}; count it towards the commit`,
      run: (s, event, leader) => {
        onPersisted(s, event)
        advanceCommit(s, leader)
      },
    },
  },
  applied: { follower: noteApplied, preCandidate: noteApplied, candidate: noteApplied, leader: noteApplied },
  storageStalled: {
    follower: noteStall,
    preCandidate: noteStall,
    candidate: noteStall,
    leader: { does: 'step down when the disk has hung for an election timeout', run: onStorageStalled },
  },
  stop: {
    follower: fallSilent,
    preCandidate: fallSilent,
    candidate: fallSilent,
    leader: { does: 'step down and fall silent', run: onStop },
  },
}

// The rows by kind of event, as the compiler needs them to see that each gets its own.
const REQUESTS: RequestRows = TABLE
const RESPONSES: ResponseRows = TABLE
const OWN: OwnRows = TABLE

export function handleRequest<T extends Request['type']>(
  s: State,
  event: IncomingRequest<RequestOf<T>>,
): void {
  const type: T = event.message.type
  run(s, REQUESTS[type], event)
}

export function handleResponse<T extends Response['type']>(
  s: State,
  event: IncomingResponse<ResponseOf<T>>,
): void {
  const type: T = event.message.type
  run(s, RESPONSES[type], event)
}

export function handleOwn<T extends OwnInput['type']>(s: State, event: OwnInputOf<T>): void {
  const type: T = event.type
  run(s, OWN[type], event)
}

/** Runs the one handler for this server's role and this event. */
function run<Event>(s: State, row: Row<Event>, event: Event): void {
  const { standing } = s
  switch (standing.role) {
    case 'follower':
      return row.follower.run(s, event, standing)
    case 'preCandidate':
      return row.preCandidate.run(s, event, standing)
    case 'candidate':
      return row.candidate.run(s, event, standing)
    case 'leader':
      return row.leader.run(s, event, standing)
  }
}
