/**
 * Two clusters of one name in one world, on one name server, with clients of each: one is restored from a backup of the other
 * on its machines, one after another, while the rest still runs in the old folders.
 */
import assert from 'node:assert/strict'
import { Faults } from '../../testing/simulator/faults.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { hasBackup, restoredFolder, type Folder } from './backups.js'
import { ShippedClient } from './shipped-clients.js'
import { Stage } from './stage.js'
import type { Plan } from './plan.js'

/** How long each part of a story lasts. Virtual milliseconds. */
const PART_MS = 1000
/** Mean time between two restores. Virtual milliseconds. */
const RESTORE_MS = 100
const PLAN: Partial<Plan> = { hasLateMember: false, loss: undefined, changeMs: undefined }
const SNAPSHOT_LIMITS = { entries: 20, size: 100_000, keptEntries: 5, keptSize: 100_000 }

/** A cluster, what befalls it, and its shipped client. */
class Side {
  readonly client: ShippedClient
  readonly faults: Faults

  /** `isSpared`: its client, which is to remember whom it has seen. */
  constructor(
    readonly stage: Stage,
    name: string,
    isSpared: boolean,
  ) {
    const { world, cluster, starter, plan, calls, ledger } = stage
    this.client = new ShippedClient(world, cluster, ledger, name, [`thing of ${name}`])
    const spared = isSpared ? [calls.process, this.client.process] : [calls.process]
    this.faults = new Faults(world, cluster, starter, plan, new Set(spared))
  }

  begin(): void {
    const { world, clients, plan, starter } = this.stage
    starter.startDown()
    this.faults.begin()
    world.repeat(() => this.isCalled && clients.call(), plan.callMs)
    world.spawn(() => this.client.run(() => this.isCalled))
  }

  /**
   * As long as all addresses are the cluster's own: plain callers know nothing of clusters, and a shipped client that finds
   * nobody of its cluster goes over to the one that has its name.
   */
  isCalled = true

  get acknowledged(): number {
    return this.stage.ledger.acknowledged
  }

  /** All members hold what this side's clients were told, and nothing else. */
  async verify(): Promise<void> {
    const { stage } = this
    const { nodes } = stage.cluster
    await stage.until('clients get their answers', () => this.client.isIdle)
    await stage.until('all apply all', () => {
      const last = Math.max(...nodes.map(({ replica }) => replica?.raft.view.lastLogIndex ?? 0))
      return nodes.every(({ replica }) => replica?.status().lastApplied === last)
    })
    for (const node of nodes) await stage.ledger.verify(node)
  }
}

/** What has happened how often. @throws what is wrong */
export async function playRestore(seed: number): Promise<ReadonlyMap<string, number>> {
  const old = new Side(new Stage(seed, { ...PLAN, snapshotLimits: SNAPSHOT_LIMITS }), 'client', true)
  old.begin()
  await old.stage.run(PART_MS)
  const { world, cluster } = old.stage
  old.isCalled = false
  await old.stage.until('clients get their answers', () => old.client.isIdle)
  const backup = [...cluster.nodes].map(({ process }) => process.disk.image).find(hasBackup)
  if (backup === undefined) return world.tally
  const restored = new Side(
    new Stage(seed, { ...PLAN, members: 0 }, old.stage),
    'client of the restored',
    false,
  )
  return new Restore(old, restored, backup).play()
}

class Restore {
  constructor(
    private readonly old: Side,
    private readonly restored: Side,
    private readonly backup: Folder,
  ) {}

  async play(): Promise<ReadonlyMap<string, number>> {
    const { old, restored } = this
    const { world } = old.stage
    const [first, ...others] = this.#majority()
    assert.ok(first, 'there is a member')
    await this.#restore(first)
    await this.#inherit()
    for (const node of others) {
      await restored.stage.run(world.dice.delay(RESTORE_MS))
      await this.#restore(node)
    }
    restored.begin()
    await restored.stage.run(PART_MS)
    for (const { faults } of [old, restored]) faults.end(undefined)
    await restored.stage.serves()
    await this.#oldOnesAcknowledgeNothing()
    for (const node of this.#rest()) await this.#restore(node)
    await restored.verify()
    for (const { stage } of [old, restored]) stage.ledger.histories.verify()
    count(restored, 'commands acknowledged before a restore', old.acknowledged)
    count(restored, 'commands acknowledged after a restore', restored.acknowledged)
    return world.tally
  }

  #rest(): readonly SimulatedNode[] {
    return this.old.stage.cluster.nodes.filter(({ fate }) => fate !== 'replaced')
  }

  /** Any of them, so many that the others are none any more. */
  #majority(): readonly SimulatedNode[] {
    const { world, cluster } = this.old.stage
    const rest = [...cluster.nodes]
    const least = Math.floor(rest.length / 2) + 1
    return Array.from({ length: least }, () => rest.splice(world.dice.below(rest.length), 1)).flat()
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
    const { stage } = this.restored
    stage.starter.start(stage.cluster.restored(node.uri, members, folder))
  }

  /** What was in the backup is what the clients go on from. */
  async #inherit(): Promise<void> {
    const { stage } = this.restored
    const [node] = stage.cluster.nodes
    assert.ok(node, 'the first one')
    await stage.until('the first one runs', () => {
      if (node.process.isDown) stage.starter.start(node)
      return node.replica !== undefined && node.replica.raft.view.lastApplied > 0
    })
    if (node.replica !== undefined) await stage.ledger.inherit(node.replica)
  }

  /** Those that still run in their old folders have no majority any more, and help nobody to one. */
  async #oldOnesAcknowledgeNothing(): Promise<void> {
    const { calls, ledger } = this.old.stage
    for (const node of this.#rest()) {
      const command = ledger.draw('a caller of an old member')
      await this.restored.stage.done('an old member is asked', async () => {
        const outcome = await calls.attempt(node, `${command.object}.${command.method}`, command.params)
        ledger.settle(command, outcome)
        assert.notEqual(outcome.told, 'acknowledged', `${node.id} is of a cluster without a majority`)
      })
      this.restored.stage.world.count('commands refused by old members')
    }
  }
}

function count({ stage }: Side, what: string, times: number): void {
  for (let time = 0; time < times; time++) stage.world.count(what)
}
