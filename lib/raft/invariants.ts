/**
 * What must hold, one sentence a check: of one server, of one server before and after a step, and of all the servers
 * of a cluster together (Figure 3 of the paper). Each throws InvariantViolation with the numbers. The first two kinds
 * are cheap, and stay on in production.
 */
import { invariant } from './invariant.js'
import type {
  Configuration,
  Entry,
  IdentityEntry,
  LogIndex,
  RaftServer,
  RaftView,
  ServerId,
  Term,
} from './types.js'
import { logIndex } from './types.js'

/** Of one state. */
export function checkState(view: RaftView): void {
  const { id, currentTerm, commitIndex, lastApplied, lastLogIndex, durableIndex, snapshotIndex } = view
  const who = { id, role: view.role, currentTerm }
  invariant(snapshotIndex <= lastApplied, 'A snapshot covers only what was applied', {
    ...who,
    snapshotIndex,
    lastApplied,
  })
  invariant(lastApplied <= commitIndex, 'Only what is committed is applied', {
    ...who,
    lastApplied,
    commitIndex,
  })
  invariant(commitIndex <= lastLogIndex, 'Only what is in the log is committed', {
    ...who,
    commitIndex,
    lastLogIndex,
  })
  invariant(durableIndex <= lastLogIndex, 'Only what is in the log is durable', {
    ...who,
    durableIndex,
    lastLogIndex,
  })
  if (view.role === 'leader') {
    invariant(view.leaderId === id, 'A leader knows that it leads', { ...who, leaderId: view.leaderId })
    invariant(view.votedFor === id, 'A leader has voted for itself', { ...who, votedFor: view.votedFor })
  } else {
    invariant(view.leaderId !== id, 'Nobody else believes itself the leader', { ...who })
  }
}

/** Of two states in a row, with one step or none between them; not across a restart. */
export function checkTransition(before: RaftView, after: RaftView): void {
  const who = { id: after.id, termBefore: before.currentTerm, term: after.currentTerm }
  invariant(before.currentTerm <= after.currentTerm, 'currentTerm never falls', who)
  invariant(before.snapshotIndex <= after.snapshotIndex, 'A log never gets back what a snapshot covers', {
    ...who,
    before: before.snapshotIndex,
    after: after.snapshotIndex,
  })
  invariant(before.commitIndex <= after.commitIndex, 'commitIndex never falls', {
    ...who,
    before: before.commitIndex,
    after: after.commitIndex,
  })
  invariant(before.lastApplied <= after.lastApplied, 'lastApplied never falls', {
    ...who,
    before: before.lastApplied,
    after: after.lastApplied,
  })
  if (before.currentTerm !== after.currentTerm) return
  invariant(
    before.votedFor === undefined || before.votedFor === after.votedFor,
    'Within a term a vote, once given, stands',
    { ...who, before: before.votedFor, after: after.votedFor },
  )
  const bothKnown = before.leaderId !== undefined && after.leaderId !== undefined
  invariant(!bothKnown || before.leaderId === after.leaderId, 'Within a term there is one leader', {
    ...who,
    before: before.leaderId,
    after: after.leaderId,
  })
  if (before.role !== 'leader' || after.role !== 'leader') return
  invariant(before.lastLogIndex <= after.lastLogIndex, 'A leader never shortens its log', {
    ...who,
    before: before.lastLogIndex,
    after: after.lastLogIndex,
  })
}

/**
 * Of a cluster, over its whole life. `observe` is called after every step with all servers that run, crashed ones
 * left out; it remembers every leader and every committed entry, and looks only at what is new.
 */
export class ClusterInvariants {
  readonly #leaders = new Map<Term, ServerId>()
  readonly #committed: Entry[] = []
  /** For each of them, the term in which it was first seen to be committed: it was not committed in a later one. */
  readonly #committedIn: Term[] = []
  /** How far each server's committed entries have been compared; a new server object starts over. */
  readonly #compared = new WeakMap<RaftServer, LogIndex>()
  /** Where each server's log was last seen to begin. */
  readonly #begins = new WeakMap<RaftServer, LogIndex>()
  readonly #checkedLeaders = new WeakMap<RaftServer, Term>()

  /** Every committed entry, that of index 1 first; what no server has shown, as it began behind it, is a hole. */
  get committed(): readonly Entry[] {
    return this.#committed
  }

  observe(servers: readonly RaftServer[]): void {
    for (const server of servers) this.#electionSafety(server.view)
    for (const server of servers) this.#snapshotSafety(server)
    for (const server of servers) this.#stateMachineSafety(server)
    for (const server of servers) this.#leaderCompleteness(server)
  }

  /** "At most one leader can be elected in a given term" (§5.2). */
  #electionSafety({ id, role, currentTerm }: RaftView): void {
    if (role !== 'leader') return
    const known = this.#leaders.get(currentTerm) ?? id
    this.#leaders.set(currentTerm, known)
    invariant(known === id, 'A term has at most one leader', { term: currentTerm, known, another: id })
  }

  /** "...the last included index and term" of a snapshot are those of a committed entry (§7). */
  #snapshotSafety(server: RaftServer): void {
    const { id, snapshotIndex } = server.view
    if (snapshotIndex === (this.#begins.get(server) ?? 0)) return
    this.#begins.set(server, snapshotIndex)
    const { term } = server.positionAt(snapshotIndex)
    const known = this.#committed[snapshotIndex - 1]
    invariant(known === undefined || known.term === term, 'A log begins behind a committed entry', {
      id,
      snapshotIndex,
      term,
      knownTerm: known?.term,
    })
  }

  /** "If a server has applied an entry at an index, no other server will ever apply a different one" (§5.4.3). */
  #stateMachineSafety(server: RaftServer): void {
    const { id, commitIndex, snapshotIndex, currentTerm } = server.view
    const from = Math.max(this.#compared.get(server) ?? 0, snapshotIndex) + 1
    for (const entry of server.entries(logIndex(from), commitIndex)) {
      const known = (this.#committed[entry.index - 1] ??= entry)
      this.#committedIn[entry.index - 1] ??= currentTerm
      invariant(sameEntry(known, entry), 'A committed entry is the same everywhere, for ever', {
        id,
        index: entry.index,
        term: entry.term,
        knownTerm: known.term,
      })
    }
    this.#compared.set(server, commitIndex)
  }

  /** "If an entry is committed in a given term, it is in the logs of the leaders of all higher terms" (§5.4). */
  #leaderCompleteness(server: RaftServer): void {
    const { id, role, currentTerm, snapshotIndex, lastLogIndex } = server.view
    if (role !== 'leader' || this.#checkedLeaders.get(server) === currentTerm) return
    this.#checkedLeaders.set(server, currentTerm)
    const held = server.entries(logIndex(snapshotIndex + 1), lastLogIndex)
    this.#committed.slice(snapshotIndex).forEach((entry) => {
      // Votes that are long on their way may elect a leader of an earlier term, which can commit nothing any more.
      if ((this.#committedIn[entry.index - 1] ?? 0) > currentTerm) return
      const own = held[entry.index - snapshotIndex - 1]
      invariant(own !== undefined && sameEntry(own, entry), 'A leader holds all that was committed before', {
        leader: id,
        term: currentTerm,
        index: entry.index,
        committedTerm: entry.term,
        ownTerm: own?.term,
      })
    })
  }
}

/**
 * "If two logs contain an entry with the same index and term, then the logs are identical in all entries up through
 * that index" (§5.3). Reads both logs whole, so it is for tests.
 */
export function checkLogMatching(one: RaftServer, other: RaftServer): void {
  const from = logIndex(Math.max(one.view.snapshotIndex, other.view.snapshotIndex) + 1)
  const to = logIndex(Math.min(one.view.lastLogIndex, other.view.lastLogIndex))
  const [left, right] = [one.entries(from, to), other.entries(from, to)]
  const lastShared = left.findLastIndex((entry, at) => entry.term === right[at]?.term)
  left.slice(0, lastShared + 1).forEach((entry, at) => {
    const counterpart = right[at]
    invariant(
      counterpart !== undefined && sameEntry(entry, counterpart),
      'Logs that agree once agree before',
      {
        one: one.view.id,
        other: other.view.id,
        index: entry.index,
        term: entry.term,
        otherTerm: counterpart?.term,
      },
    )
  })
}

/** Entries are plain data; those that were only passed along are mostly the very same object. */
function sameEntry(a: Entry, b: Entry): boolean {
  if (a === b) return true
  if (a.index !== b.index || a.term !== b.term) return false
  switch (a.kind) {
    case 'command':
      return b.kind === 'command' && a.data === b.data
    case 'identity':
      return b.kind === 'identity' && wordsOf(a) === wordsOf(b)
    case 'configuration':
      return b.kind === 'configuration' && sameVoters(a.configuration, b.configuration)
    case 'empty':
      return b.kind === 'empty'
  }
}

function wordsOf({ clusterId, incarnations, starts = [] }: IdentityEntry): string {
  return [clusterId, ...incarnations, ...starts].join(';')
}

function sameVoters(a: Configuration, b: Configuration): boolean {
  return [a.voters, a.outgoing, a.learners].join(';') === [b.voters, b.outgoing, b.learners].join(';')
}
