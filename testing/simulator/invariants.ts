/**
 * What must hold after every event, over all nodes, also those that are down: Figure 3 of the paper, and what follows
 * from it.
 */
import { checkLogMatching, checkState, checkTransition, ClusterInvariants } from '../../lib/raft/index.js'
import { quorumValue } from '../../lib/raft/quorum.js'
import type { Configuration, LogIndex, RaftServer, RaftView, ServerId, Term } from '../../lib/raft/index.js'
import type { Replica } from '../../lib/replica/replica.js'
import type { SimulatedCluster } from './cluster.js'
import { holds } from './durable.js'

/** Logs are compared whole, so not after every event: what does not match stays so for longer than this many. */
const LOG_MATCHING_EVERY = 50

/** A node comes to another result than the others at one entry. */
export class OtherResults extends Error {
  constructor(
    readonly replica: Replica,
    readonly index: number,
  ) {
    super(`${replica.raft.view.id} comes to other results than the others, up to entry ${index}`)
  }
}

export class Invariants {
  readonly #cluster: SimulatedCluster
  readonly #ofAll = new ClusterInvariants()
  /** As it was after the last event. A server's view is a new object after each step. */
  readonly #views = new WeakMap<RaftServer, RaftView>()
  /** By index, the digest of all results up to there, as the first node had it that came so far. */
  readonly #digests = new Map<number, number>()
  /** Up to where a server's results have been compared. */
  readonly #compared = new WeakMap<RaftServer, number>()
  #untilLogMatching = LOG_MATCHING_EVERY

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster
  }

  /** @throws InvariantViolation, or an Error of its own, with the numbers */
  check(): void {
    const { replicas } = this.#cluster
    const stepped = replicas.filter(({ raft }) => this.#views.get(raft) !== raft.view)
    if (stepped.length === 0) return
    for (const replica of stepped) this.#checkOne(replica)
    const servers = replicas.map(({ raft }) => raft)
    this.#ofAll.observe(servers)
    if (--this.#untilLogMatching > 0) return
    this.#untilLogMatching = LOG_MATCHING_EVERY
    checkLogs(servers)
  }

  #checkOne(replica: Replica): void {
    const { view } = replica.raft
    checkState(view)
    const before = this.#views.get(replica.raft)
    this.#views.set(replica.raft, view)
    if (before !== undefined) {
      checkTransition(before, view)
      if (view.role === 'leader' && before.commitIndex < view.commitIndex)
        this.#checkMajority(replica.raft, before)
    }
    this.#checkResults(replica)
  }

  /** "...committed once the leader that created the entry has replicated it on a majority of the servers" (§5.3). */
  #checkMajority(raft: RaftServer, before: RaftView): void {
    const { commitIndex, configuration, id } = raft.view
    const term = raft.entries(commitIndex, commitIndex)[0]?.term
    if (term === undefined) return
    const isHeld = (by: Configuration): boolean =>
      quorumValue(by, (each) => (this.#isHeldBy(each, commitIndex, term) ? commitIndex : -Infinity)) >=
      commitIndex
    // What was committed may have opened the way for another configuration in the same step.
    if (isHeld(configuration) || isHeld(before.configuration)) return
    throw new Error(`${id} takes ${commitIndex} for committed, and no majority has it on disk`)
  }

  /** Also of a node that is down: its disk has what it had. */
  #isHeldBy(id: ServerId, index: LogIndex, term: Term): boolean {
    const { held, heldBefore } = this.#cluster.node(id) ?? {}
    return [held, heldBefore].some((each) => each !== undefined && holds(each, index, term))
  }

  /** Whoever has applied the same entries has come to the same results, by whatever way. */
  #checkResults(replica: Replica): void {
    const { raft, machine } = replica
    const { lastApplied } = raft.view
    for (let index = (this.#compared.get(raft) ?? 0) + 1; index <= lastApplied; index++) {
      const digest = machine.digestAt(index, 'results')
      if (digest === undefined) continue
      const known = this.#digests.get(index) ?? digest
      this.#digests.set(index, known)
      if (digest !== known) throw new OtherResults(replica, index)
    }
    this.#compared.set(raft, lastApplied)
  }
}

/** Every pair of logs. */
function checkLogs(servers: readonly RaftServer[]): void {
  servers.forEach((one, at) => {
    for (const other of servers.slice(at + 1)) checkLogMatching(one, other)
  })
}
