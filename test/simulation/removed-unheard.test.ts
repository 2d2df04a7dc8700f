/** A member that stood still while it was removed, and for longer than anybody speaks to one that has left. */
import assert from 'node:assert/strict'
import t from 'tap'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { quietStage } from './quiet-stage.js'
import type { Stage } from './stage.js'

const SEEDS = 4
/** A leader speaks to one that has left for ten times its longest election timeout. Virtual milliseconds. */
const STAND_STILL_MS = 10_000
const SOON_MS = 1000

function ask(stage: Stage, method: string, id: string, ...more: readonly string[]): Promise<void> {
  return stage.achieve(`${method}(${id})`, async () => {
    const leader = stage.cluster.nodes.find((node) => node.id !== id && node.replica?.isServing === true)
    if (leader === undefined) return false
    const { told } = await stage.calls.attempt(leader, method, [id, ...more])
    return told === 'acknowledged'
  })
}

/** It stands still, is removed meanwhile, and goes on when nobody speaks to it any more. */
async function removeUnheard(stage: Stage, node: SimulatedNode): Promise<void> {
  node.process.pause(STAND_STILL_MS)
  await stage.run(1000)
  await ask(stage, 'member.removeMember', node.id)
  await stage.run(STAND_STILL_MS - 1000)
}

t.test('bug: a leader that hung while it was removed went on for ever', async (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const stage = await quietStage(seed, {})
    const { leader } = stage.cluster
    assert.ok(leader)
    await removeUnheard(stage, leader)
    await stage.until('it ends as removed', () => leader.fate === 'removed' && leader.process.isDown, SOON_MS)
    t.pass(`seed ${seed}`)
  }
})

t.test('one that was down meanwhile is told when it starts again, and can be added again', async (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const stage = await quietStage(seed, {})
    const node = stage.world.dice.pick(stage.cluster.nodes)
    assert.ok(node)
    node.process.kill()
    await stage.run(500)
    await ask(stage, 'member.removeMember', node.id)
    await stage.run(STAND_STILL_MS)
    stage.starter.start(node)
    await stage.until('it ends as removed', () => node.fate === 'removed' && node.process.isDown, 2 * SOON_MS)
    stage.cluster.rejoin(node)
    await stage.run(200)
    await t.resolves(ask(stage, 'member.addMember', node.id, node.uri), `seed ${seed}`)
  }
})

t.test('one that is cut off with a member that lags is not taken for removed', async (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const stage = await quietStage(seed, { members: 5 })
    const { cluster } = stage
    const [one, other, ...others] = cluster.nodes.filter((node) => node !== cluster.leader)
    assert.ok(one && other)
    other.process.pause(4000)
    await stage.run(500)
    await ask(stage, 'member.removeMember', one.id)
    await stage.until('it is told', () => one.process.isDown)
    cluster.rejoin(one)
    await ask(stage, 'member.addMember', one.id, one.uri)
    for (const node of [...others, ...(cluster.leader ? [cluster.leader] : [])])
      for (const lagging of [one, other]) {
        cluster.network.paths.between(node.id, lagging.id).isCut = true
        cluster.network.paths.between(lagging.id, node.id).isCut = true
      }
    await stage.run(8000)
    t.equal(one.fate, 'member', `seed ${seed}`)
    cluster.network.paths.mend()
    await stage.serves()
  }
})
