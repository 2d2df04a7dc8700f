/**
 * Everybody is replaced, one after another: somebody joins who goes through a log that names none of those who are
 * there, and somebody knows them alone who are gone.
 */
import assert from 'node:assert/strict'
import t from 'tap'
import { membersOf } from '../../lib/raft/quorum.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { Operator } from './operator.js'
import { quietStage } from './quiet-stage.js'
import type { Stage } from './stage.js'

/** So large that a leader sends no other entry with it. */
const ALONE_IN_A_MESSAGE = 'x'.repeat(130 * 1024)

function ask(stage: Stage, method: string, ...params: readonly string[]): Promise<void> {
  return stage.achieve(`${method}(${params[0] ?? ''})`, async () => {
    const { leader } = stage.cluster
    if (leader === undefined) return false
    const { told } = await stage.calls.attempt(leader, method, params)
    return told === 'acknowledged'
  })
}

async function replaceEverybody(stage: Stage, but?: SimulatedNode): Promise<void> {
  const { configuration } = stage.cluster
  assert.ok(configuration)
  for (const id of membersOf(configuration).filter((member) => member !== but?.id)) {
    const joiner = stage.cluster.join()
    await ask(stage, 'member.addMember', joiner.id, joiner.uri)
    await ask(stage, 'member.removeMember', id)
    await ask(stage, 'kv.set', 'large', ALONE_IN_A_MESSAGE)
  }
}

/** The configuration in force there names nobody who is a member by now, itself included. */
function isInTheMidst({ cluster }: Stage, { replica }: SimulatedNode): boolean {
  if (replica === undefined || cluster.configuration === undefined) return false
  const members = membersOf(cluster.configuration)
  return !membersOf(replica.raft.view.configuration).some((id) => members.includes(id))
}

function killInTheMidst(stage: Stage, newcomer: SimulatedNode): void {
  stage.world.after(0.1, () => {
    if (isInTheMidst(stage, newcomer)) newcomer.process.crash()
    else killInTheMidst(stage, newcomer)
  })
}

t.test('a newcomer that is killed in the midst of the log is added all the same', async (t) => {
  for (let seed = 1; seed <= 2; seed++) {
    const stage = await quietStage(seed, { snapshotLimits: undefined })
    await replaceEverybody(stage)
    await replaceEverybody(stage)
    const newcomer = stage.cluster.join()
    const { leader } = stage.cluster
    assert.ok(leader)
    stage.world.spawn(() => stage.calls.attempt(leader, 'member.addMember', [newcomer.id, newcomer.uri]))
    killInTheMidst(stage, newcomer)
    await stage.until('it is killed', () => newcomer.process.isDown)
    stage.starter.start(newcomer)
    await t.resolves(ask(stage, 'member.addMember', newcomer.id, newcomer.uri), `seed ${seed}`)
  }
})

const ESTRANGED = {
  'waited to be added': (stage: Stage) => stage.cluster.join(),
  'was down': ({ cluster }: Stage) => {
    const away = cluster.nodes.find((node) => node !== cluster.leader)
    away?.process.crash()
    return away
  },
}

for (const [what, begin] of Object.entries(ESTRANGED)) {
  t.test(
    `who ${what} while all whom it knew were replaced is added with a new folder, and not with its own`,
    async (t) => {
      const stage = await quietStage(1, { snapshotLimits: undefined })
      const { world, cluster, calls, starter, plan } = stage
      const estranged = begin(stage)
      assert.ok(estranged)
      await replaceEverybody(stage, estranged)
      if (estranged.process.isDown) starter.start(estranged)
      await stage.run(1000)
      const operator = new Operator(world, cluster, calls, starter, plan)
      t.ok(operator.isEstranged(estranged), 'it lets nobody in')
      await stage.achieve('it is added with a new folder', () => operator.add(estranged))
      t.ok(cluster.configuration?.voters.includes(estranged.id))
      t.notOk(operator.isEstranged(estranged))
    },
  )
}
