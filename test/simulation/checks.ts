/** What must hold after every event, over all members that run. */
import assert from 'node:assert/strict'
import { checkState, ClusterInvariants } from '../../lib/raft/index.js'
import type { RaftView } from '../../lib/raft/types.js'
import type { Cluster } from './cluster.js'
import type { Replica } from '../../lib/replica/replica.js'
import type { World } from './world.js'

export class Checks {
  readonly #invariants = new ClusterInvariants()
  /** A server's view is a new object after each step. */
  readonly #checked = new WeakSet<RaftView>()
  /** By index, the digest of all results up to there, as the first member had it that came so far. */
  readonly #digests = new Map<number, number>()

  constructor(
    private readonly world: World,
    private readonly cluster: Cluster,
  ) {}

  check(): void {
    if (this.world.broken !== undefined) throw this.world.broken
    const replicas = this.cluster.members.flatMap((member) => member.running?.replica ?? [])
    const stepped = replicas.filter(({ raft }) => !this.#checked.has(raft.view))
    if (stepped.length === 0) return
    for (const replica of stepped) {
      checkState(replica.raft.view)
      this.#checked.add(replica.raft.view)
      this.#sameResults(replica)
    }
    this.#invariants.observe(replicas.map(({ raft }) => raft))
  }

  /** Whoever has applied the same entries has come to the same results, by whatever way. */
  #sameResults({ raft, machine }: Replica): void {
    const { lastApplied, id } = raft.view
    const digest = machine.digestAt(lastApplied)
    if (digest === undefined) return
    const known = this.#digests.get(lastApplied) ?? digest
    this.#digests.set(lastApplied, known)
    assert.equal(digest, known, `${id} comes to other results than the others, up to entry ${lastApplied}`)
  }
}
