/** What is checked after every event of a story finds what it is there to find, also of nodes that are down. */
import assert from 'node:assert/strict'
import t from 'tap'
import { ticks } from '../../lib/raft/types.js'
import type { RaftServer } from '../../lib/raft/types.js'
import { removalMarkName } from '../../lib/storage/removal-mark.js'
import { Invariants } from '../../testing/simulator/invariants.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { quietStage } from './quiet-stage.js'
import type { Stage } from './stage.js'

/** The leader's Raft server, and the nodes of the others. */
function parts({ cluster }: Stage): {
  readonly leader: RaftServer
  readonly others: readonly SimulatedNode[]
} {
  const leader = cluster.leader?.replica?.raft
  assert.ok(leader, 'there is a leader')
  return { leader, others: cluster.nodes.filter(({ id }) => id !== leader.view.id) }
}

/** The leader hears that they have all of its log on disk. */
function acknowledge(leader: RaftServer, by: readonly SimulatedNode[], now: number): void {
  const { currentTerm: term, lastLogIndex: matchIndex, pins } = leader.view
  for (const { id } of by) {
    const incarnation = pins.get(id)
    assert.ok(incarnation !== undefined, `${id} is pinned`)
    const message = { type: 'appendEntriesResponse', term, success: true, round: 0, matchIndex } as const
    leader.step({ type: 'response', from: id, incarnation, message }, ticks(now))
  }
}

async function commit(stage: Stage, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await stage.achieve('a command is acknowledged', async () => {
      const { leader } = stage.cluster
      if (leader === undefined) return false
      const { told } = await stage.calls.attempt(leader, 'counter.increment', [1])
      return told === 'acknowledged'
    })
  }
  await stage.run(300)
}

void t.test('nobody who is down counts for more than is on its disk', async (t) => {
  const stage = await quietStage(1, {})
  const { leader, others } = parts(stage)
  for (const { process } of others) process.kill()
  const invariants = new Invariants(stage.cluster)
  invariants.check()
  const now = (leader.view.deadline ?? 0) - 1
  leader.step({ type: 'propose', commands: ['that nobody else has'] }, ticks(now))
  acknowledge(leader, others, now)
  t.equal(leader.view.commitIndex, leader.view.lastLogIndex, 'the leader has believed it')
  t.throws(() => invariants.check(), /^n\d takes \d+ for committed, and no majority has it on disk$/)
})

void t.test(
  'who is down counts for what is on its disk, and not when it waits with an empty one',
  async (t) => {
    const stage = await quietStage(2, {})
    const { leader, others } = parts(stage)
    const [one] = others
    assert.ok(one)
    one.process.losePower()
    const durable = () => one.held?.view.durableIndex
    t.equal(durable(), leader.view.lastLogIndex, 'it had all')
    one.wipe()
    t.equal(durable(), leader.view.lastLogIndex, 'what it has acknowledged was true')
    one.beginAnew([])
    t.equal(durable(), undefined)
  },
)

void t.test('a disk that has less at the start than was durable before is found', async (t) => {
  const stage = await quietStage(3, { snapshotLimits: undefined })
  const [one] = parts(stage).others
  assert.ok(one)
  const { process } = one
  const before = new Map(process.disk.files.map((file) => [file, process.disk.contents(file)]))
  await commit(stage, 3)
  process.kill()
  for (const [file, bytes] of before) process.disk.corrupt(file, () => bytes)
  process.start()
  await t.rejects(
    stage.run(1000),
    /^n\d had its log on disk up to \d+ of term \d+, and starts with another: 1 to \d+/,
  )
})

void t.test('a member that was removed writes that into its folder before it ends', async (t) => {
  const stage = await quietStage(4, { members: 4 })
  const [one] = parts(stage).others
  assert.ok(one)
  await stage.achieve('it is removed', async () => {
    const { leader } = stage.cluster
    if (leader === undefined) return false
    return (await stage.calls.attempt(leader, 'member.removeMember', [one.id])).told === 'acknowledged'
  })
  await stage.until('it ends', () => one.process.isDown)
  t.ok(one.process.disk.files.includes(removalMarkName))
  one.process.start()
  await stage.until('its start is refused', () => one.process.isDown)
  t.match([...stage.world.tally.keys()], ['stops as removed', 'starts refused as removed'])
})

void t.test('a member that comes back under its id reads of its removal, and stays', async (t) => {
  const stage = await quietStage(5, { members: 4, snapshotLimits: undefined })
  const [one] = parts(stage).others
  assert.ok(one)
  const ask = (method: string, ...params: readonly string[]) =>
    stage.achieve(method, async () => {
      const { leader } = stage.cluster
      if (leader === undefined) return false
      return (await stage.calls.attempt(leader, method, params)).told === 'acknowledged'
    })
  const lengthenLog = async () => {
    for (let entry = 0; entry < 2; entry++) await ask('session.close', 'x'.repeat(150_000))
  }
  await lengthenLog()
  await ask('member.removeMember', one.id)
  await stage.until('it ends', () => one.process.isDown)
  await lengthenLog()
  stage.cluster.rejoin(one)
  await ask('member.addMember', one.id, one.uri)
  await stage.run(1000)
  t.match(one.replica?.status(), { id: one.id, role: 'follower' })
  t.equal(one.fate, 'member')
})
