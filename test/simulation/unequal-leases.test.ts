/** Members with leases on and timeouts of their own: each of them leads once, and is cut off. */
import t from 'tap'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { quietStage } from './quiet-stage.js'
import type { Stage } from './stage.js'

/** Virtual milliseconds between two reads at the leader that was. */
const LOOK_MS = 7
const SEEDS = 5

function cutOff({ cluster }: Stage, { id }: SimulatedNode): void {
  for (const other of cluster.nodes.filter((node) => node.id !== id)) {
    cluster.network.paths.between(id, other.id).isCut = true
    cluster.network.paths.between(other.id, id).isCut = true
  }
}

/** One of `nodes` leads, and has counted one on. */
async function count(stage: Stage, nodes: readonly SimulatedNode[]): Promise<number> {
  let counted = 0
  await stage.achieve('an increment is acknowledged', async () => {
    const leader = nodes.find(({ replica }) => replica?.isServing === true)
    if (leader === undefined) return false
    const outcome = await stage.calls.attempt(leader, 'counter.increment', [1])
    if (outcome.told === 'acknowledged') counted = Number(outcome.value)
    return outcome.told === 'acknowledged'
  })
  return counted
}

async function lead(stage: Stage, node: SimulatedNode): Promise<void> {
  await stage.achieve(`${node.id} leads`, async () => {
    const { leader } = stage.cluster
    if (leader !== undefined && leader !== node)
      await stage.calls.attempt(leader, 'member.transferLeadership', [node.id])
    return node.replica?.isServing === true
  })
}

/** What the leader that was says while the others go on without it. */
async function readsOfThePast(stage: Stage, before: SimulatedNode) {
  const { world, cluster, calls } = stage
  await lead(stage, before)
  let counted = await count(stage, [before])
  await stage.run(200)
  const said = { reads: 0, stale: 0 }
  let isOver = false
  cutOff(stage, before)
  world.spawn(async () => {
    while (!isOver) {
      await world.sleep(LOOK_MS)
      const atLeast = counted
      const outcome = await calls.attempt(before, 'counter.value', [], { timeoutMs: 5 })
      if (outcome.told !== 'acknowledged') continue
      said.reads += 1
      if (Number(outcome.value) < atLeast) said.stale += 1
    }
  })
  counted = await count(
    stage,
    cluster.nodes.filter((node) => node !== before),
  )
  await stage.run(1000)
  isOver = true
  cluster.network.paths.mend()
  await stage.run(1000)
  return said
}

t.test('a leader that is cut off reads nothing of the past, however long it would wait itself', async (t) => {
  let reads = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const stage = await quietStage(seed, { hasUnequalSettings: true, snapshotLimits: undefined })
    for (const node of stage.cluster.nodes) {
      const said = await readsOfThePast(stage, node)
      reads += said.reads
      t.equal(said.stale, 0, `seed ${seed}, ${node.id}`)
    }
  }
  t.ok(reads > SEEDS, `${reads} reads under leases`)
})
