/** A folder is put back as it once was, while one of the others was away and only the third knows what is missing. */
import t from 'tap'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { quietStage } from './quiet-stage.js'
import type { Stage } from './stage.js'

/** In two of them the copy is told in time only because it greets the others as soon as it is there. */
const SEEDS = { first: 62, last: 73 }

t.setTimeout(120_000)

t.test('bug: a copy and one that was away led, and what only a third one had was lost', async (t) => {
  for (let seed = SEEDS.first; seed <= SEEDS.last; seed++) await t.resolves(tell(seed), `seed ${seed}`)
})

async function tell(seed: number): Promise<void> {
  const stage = await quietStage(seed, { snapshotLimits: undefined })
  const { cluster, starter, world } = stage
  const { leader } = cluster
  const [copied, away] = cluster.nodes.filter((node) => node !== leader)
  if (leader === undefined || copied === undefined || away === undefined) throw new Error('three are needed')
  away.process.crash()
  copied.process.crash()
  const folder = copied.process.disk.image
  starter.start(copied)
  await stage.serves()
  copied.process.crash()
  copied.putBack(folder)
  const index = leader.replica?.raft.view.commitIndex ?? 0
  await stage.until('nobody leads', () => cluster.leader === undefined)
  const areAllDown = world.dice.chance(500)
  if (areAllDown) leader.process.crash()
  // The one that knows is up before the two others may have elected one of them.
  const gapMs = areAllDown ? 40 : 400
  while (cluster.nodes.some(({ process }) => process.isDown)) {
    const node = world.dice.pick(cluster.nodes.filter(({ process }) => process.isDown))
    if (node !== undefined) starter.start(node)
    await stage.run(world.dice.below(gapMs))
  }
  await stage.serves()
  await stage.until('the copy has caught up', () => hasAll(copied, index) && !isOlder(stage, copied))
}

function hasAll({ replica }: SimulatedNode, index: number): boolean {
  return (replica?.raft.view.commitIndex ?? 0) >= index
}

function isOlder({ cluster }: Stage, { id }: SimulatedNode): boolean {
  return cluster.replicas.some(({ raft }) => raft.view.olderCopies.has(id))
}
