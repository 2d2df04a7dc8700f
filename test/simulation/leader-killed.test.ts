/** How soon there is another leader when the first one's process has ended, or its machine. Time is virtual. */
import t from 'tap'
import { SETTINGS } from '../../lib/member-settings.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { quietStage } from './quiet-stage.js'

const SEEDS = 4
/** Followers that wait for silence wait so long at least: they may have heard their leader a heartbeat ago. */
const SILENCE_MS = SETTINGS.electionTimeout.default.min - SETTINGS.heartbeat.default

/** Virtual milliseconds from the leader's end until another one is elected. */
async function timeWithoutLeader(
  seed: number,
  readLease: boolean,
  end: (leader: SimulatedNode) => void,
): Promise<number> {
  const stage = await quietStage(seed, { members: 4, readLease, hasUnequalSettings: false })
  const { cluster, world } = stage
  const leader = cluster.serving
  if (leader === undefined) throw new Error('nobody leads')
  const endedAt = world.now
  end(leader)
  while (cluster.leader === undefined || cluster.leader === leader) await stage.run(1)
  return world.now - endedAt
}

t.test('members whose leader is killed elect another one before its silence says anything', async (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const time = await timeWithoutLeader(seed, false, ({ process }) => process.kill())
    t.ok(time < SILENCE_MS, `seed ${seed}: ${time} ms`)
  }
})

t.test('a leader whose machine has gone is waited for', async (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const time = await timeWithoutLeader(seed, false, ({ process }) => process.losePower())
    t.ok(time >= SILENCE_MS, `seed ${seed}: ${time} ms`)
  }
})

t.test('what was promised to a lease is kept when the leader is killed', async (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const time = await timeWithoutLeader(seed, true, ({ process }) => process.kill())
    t.ok(time >= SILENCE_MS, `seed ${seed}: ${time} ms`)
  }
})
