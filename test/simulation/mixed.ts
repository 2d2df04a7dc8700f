/**
 * All members of a cluster are lost. One is restored from a backup, the others begin with empty folders: it has no part
 * in theirs.
 */
import assert from 'node:assert/strict'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { hasBackup, restoredFolder } from './backups.js'
import { PLAN, Side } from './side.js'
import { Stage } from './stage.js'
import { tell, type Story, type StoryOptions } from './story.js'

/** How long each part of a story lasts. Virtual milliseconds. */
const PART_MS = 1000
const SNAPSHOT_LIMITS = { entries: 8, size: 100_000, keptEntries: 5, keptSize: 100_000 }

/** @throws SimulationFailure */
export async function mixed(seed: number, options: StoryOptions = {}): Promise<Story> {
  const lost = new Side(new Stage(seed, { ...PLAN, snapshotLimits: SNAPSHOT_LIMITS }), 'client', true)
  return tell(seed, lost.stage.world, options, async () => {
    lost.begin()
    lost.faults.begin()
    await lost.stage.run(2 * PART_MS)
    lost.isCalled = false
    await lost.stage.until('clients get their answers', () => lost.client.isIdle)
    const anew = await replace(seed, lost)
    return lost.acknowledged + (anew?.acknowledged ?? 0)
  })
}

/** Undefined: there is no backup. */
async function replace(seed: number, lost: Side): Promise<Side | undefined> {
  const { world, cluster } = lost.stage
  const backup = [...cluster.nodes].map(({ process }) => process.disk.image).find(hasBackup)
  if (backup === undefined) return undefined
  const anew = new Side(new Stage(seed, { ...PLAN, members: 0 }, lost.stage), 'client of the empty', false)
  const apart = new Stage(seed, { ...PLAN, members: 0 }, anew.stage)
  const members = cluster.nodes.map(({ uri }) => uri)
  const chosen = world.dice.pick(cluster.nodes)
  assert.ok(chosen, 'there is a member')
  for (const node of cluster.nodes) {
    node.process.crash()
    node.fate = 'replaced'
    if (node !== chosen) anew.stage.cluster.restored(node.uri, members, new Map())
  }
  const folder = await restoredFolder(backup, chosen.uri, members, world.dice)
  await foundBeside(anew, apart, apart.cluster.restored(chosen.uri, members, folder))
  lost.faults.end(undefined)
  return anew
}

async function foundBeside(anew: Side, apart: Stage, restored: SimulatedNode): Promise<void> {
  const { world, starter } = apart
  anew.begin()
  anew.faults.begin()
  world.repeat(() => starter.startDown(), PART_MS / 10)
  await apart.run(PART_MS)
  anew.faults.end(undefined)
  starter.startDown()
  await anew.stage.serves()
  await apart.until('the restored one runs', () => restored.replica !== undefined)
  await anew.verify()
  assert.equal(restored.replica?.raft.view.clusterId, undefined, 'the restored one has no part in it')
  anew.count('commands acknowledged beside a restored member', anew.acknowledged)
}
