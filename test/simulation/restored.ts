/**
 * A cluster is founded anew from a backup of itself on its own machines, one after another, while the rest still runs
 * in the old folders: two clusters of one name, on one name server, with clients of each.
 */
import assert from 'node:assert/strict'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { hasBackup, restoredFolder, type Folder } from './backups.js'
import { PLAN, Side } from './side.js'
import { Stage } from './stage.js'
import { tell, type Story, type StoryOptions } from './story.js'

/** How long each part of a story lasts. Virtual milliseconds. */
const PART_MS = 1000
/** Mean time between two restores. Virtual milliseconds. */
const RESTORE_MS = 100
/** Mean time between two looks at old members. Virtual milliseconds. */
const LOOK_MS = 50
const SNAPSHOT_LIMITS = { entries: 20, size: 100_000, keptEntries: 5, keptSize: 100_000 }

/** @throws SimulationFailure */
export async function restored(seed: number, options: StoryOptions = {}): Promise<Story> {
  const old = new Side(new Stage(seed, { ...PLAN, snapshotLimits: SNAPSHOT_LIMITS }), 'client', true)
  return tell(seed, old.stage.world, options, async () => {
    old.begin()
    old.faults.begin()
    await old.stage.run(PART_MS)
    old.isCalled = false
    await old.stage.until('clients get their answers', () => old.client.isIdle)
    const backup = [...old.stage.cluster.nodes].map(({ process }) => process.disk.image).find(hasBackup)
    if (backup === undefined) return old.acknowledged
    const stage = new Stage(seed, { ...PLAN, members: 0 }, old.stage)
    const anew = new Side(stage, 'client of the restored', false)
    await new Restore(old, anew, backup).play()
    return old.acknowledged + anew.acknowledged
  })
}

class Restore {
  #isOver = false

  constructor(
    private readonly old: Side,
    private readonly anew: Side,
    private readonly backup: Folder,
  ) {}

  async play(): Promise<void> {
    const { old, anew } = this
    const { world } = old.stage
    const history = old.stage.cluster.nodes.find(({ held }) => held?.view.clusterId)?.held?.view.clusterId
    assert.ok(history, 'the old cluster has an id')
    const [first, ...others] = this.#majority()
    assert.ok(first, 'there is a member')
    await this.#restore(first)
    await this.#inherit()
    for (const node of others) {
      await anew.stage.run(world.dice.delay(RESTORE_MS))
      await this.#restore(node)
    }
    anew.begin()
    anew.faults.begin()
    world.spawn(() => this.#readOfThePast())
    world.spawn(() => this.#watchOfThePast(history))
    await anew.stage.run(PART_MS)
    for (const { faults } of [old, anew]) faults.end(undefined)
    await anew.stage.serves()
    await this.#oldOnesAcknowledgeNothing()
    this.#isOver = true
    for (const node of this.#rest()) await this.#restore(node)
    await anew.verify()
    old.stage.ledger.histories.verify()
    anew.count('commands acknowledged before a restore', old.acknowledged)
    anew.count('commands acknowledged after a restore', anew.acknowledged)
  }

  #rest(): readonly SimulatedNode[] {
    return this.old.stage.cluster.nodes.filter(({ fate }) => fate !== 'replaced')
  }

  /**
   * Any of them, so many that the others are none any more; and all that have nothing of the old cluster yet, which the
   * new one would take in like any newcomer that its configuration names.
   */
  #majority(): readonly SimulatedNode[] {
    const { world, cluster } = this.old.stage
    const isBlank = ({ held }: SimulatedNode): boolean => (held?.view.commitIndex ?? 0) === 0
    const rest = cluster.nodes.filter((node) => !isBlank(node))
    const blank = cluster.nodes.filter(isBlank)
    const least = Math.floor(cluster.nodes.length / 2) + 1 - blank.length
    const others = Array.from({ length: Math.max(0, least) }, () =>
      rest.splice(world.dice.below(rest.length), 1),
    )
    return [...blank, ...others.flat()]
  }

  /** The machine of an old member is taken for one of the new cluster. */
  async #restore(node: SimulatedNode): Promise<void> {
    const { world, cluster } = this.old.stage
    node.process.crash()
    node.fate = 'replaced'
    const members = cluster.nodes.map(({ uri }) => uri)
    const folder = await restoredFolder(this.backup, node.uri, members, world.dice)
    world.note(`${node.id} is restored from a backup`)
    world.count('members restored')
    const { stage } = this.anew
    stage.starter.start(stage.cluster.restored(node.uri, members, folder))
  }

  /** What was in the backup is what the clients go on from. */
  async #inherit(): Promise<void> {
    const { stage } = this.anew
    const [node] = stage.cluster.nodes
    assert.ok(node, 'the first one')
    await stage.until('the first one runs', () => {
      if (node.process.isDown) stage.starter.start(node)
      return node.replica !== undefined && node.replica.raft.view.lastApplied > 0
    })
    if (node.replica !== undefined) await stage.ledger.inherit(node.replica)
  }

  /** Once the new cluster has acknowledged anything, no old member answers a read with what was before. */
  async #readOfThePast(): Promise<void> {
    const { world, calls } = this.old.stage
    const inherited = this.anew.acknowledged
    while (!this.#isOver) {
      await world.sleep(world.dice.delay(LOOK_MS))
      const node = world.dice.pick(this.#rest())
      if (node === undefined || this.anew.acknowledged === inherited) continue
      const consistency = world.dice.chance(500) ? 'linearizable' : 'follower'
      const { told } = await calls.attempt(node, 'counter.value', [], { consistency })
      // It may have been restored while it was asked.
      if (told === 'acknowledged' && this.#rest().includes(node))
        assert.fail(`${node.id}, of the old cluster, has answered a read of what the new one has changed`)
      world.count('reads refused by old members')
    }
  }

  /** Whoever of the new cluster is shown a cursor of the old one says so, whatever its number means there. */
  async #watchOfThePast(history: string): Promise<void> {
    const { world, cluster, calls } = this.anew.stage
    while (!this.#isOver) {
      await world.sleep(world.dice.delay(LOOK_MS))
      const node = world.dice.pick(cluster.nodes)
      if (node === undefined) continue
      const from = world.dice.below(this.old.acknowledged)
      const outcome = await calls.attempt(node, 'watch.next', ['kv', from, { history, waitMs: 0 }])
      if (outcome.told === 'acknowledged')
        assert.fail(`${node.id} goes on with a watch of the cluster as it was before`)
      if (outcome.label === 'HISTORY_CHANGED') world.count('watches of the past that were told so')
    }
  }

  /** Those that still run in their old folders have no majority any more, and help nobody to one. */
  async #oldOnesAcknowledgeNothing(): Promise<void> {
    const { calls, ledger } = this.old.stage
    for (const node of this.#rest()) {
      const command = ledger.draw('a caller of an old member')
      await this.anew.stage.done('an old member is asked', async () => {
        const outcome = await calls.attempt(node, `${command.object}.${command.method}`, command.params)
        ledger.settle(command, outcome)
        assert.notEqual(outcome.told, 'acknowledged', `${node.id} is of a cluster without a majority`)
      })
      this.anew.stage.world.count('commands refused by old members')
    }
  }
}
