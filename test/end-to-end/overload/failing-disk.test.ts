/** A leader whose disk freezes, and one whose disk is full: the others go on. Each on a file system of its own. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Operator } from '../../harness/operator.js'
import { SmallDisk, whyNoDisks } from '../../harness/small-disk.js'

const DISK_MIB = 64

const skip = whyNoDisks(t)

/** Three members, the leader's folder on a disk of its own. */
async function start(t: Test): Promise<{ operator: Operator; leader: string; disk: SmallDisk }> {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  const leader = 'node1'
  await cluster.kill(leader)
  const disk = await SmallDisk.mount(t, join(cluster.folder, '.rollcall', leader), DISK_MIB)
  cluster.startNode(leader, {}, ['--priority', '1'])
  await operator.until((all) => all.some(({ id, role }) => id === leader && role === 'leader'))
  t.equal(await client.call('counter', 'increment', []), 1)
  return { operator, leader, disk }
}

t.test('a leader whose disk freezes loses office, and follows again once it thaws', { skip }, async (t) => {
  const { operator, leader, disk } = await start(t)
  const { client } = operator
  await disk.freeze()
  try {
    t.equal(await client.call('counter', 'increment', []), 2, 'its own disk is not needed at once')
    await operator.until((all) => all.some(({ id, role }) => id !== leader && role === 'leader'))
    t.equal(await client.call('counter', 'increment', []), 3)
  } finally {
    await disk.thaw()
  }
  await operator.until(
    (all) => all.length === 3 && new Set(all.map(({ lastApplied }) => lastApplied)).size === 1,
  )
})

t.test(
  'a leader whose disk is full stops with a sentence, and is back when there is room',
  { skip },
  async (t) => {
    const { operator, leader, disk } = await start(t)
    const { client, cluster } = operator
    const process = cluster.process(leader)
    await disk.fill()
    const text = 'x'.repeat(100_000)
    for (let n = 0; process.isRunning; n++) await client.call('kv', 'set', [`key${n % 10}`, text])
    t.match((await process.ended).stderr, /no space left on device/i)
    t.equal(await client.call('counter', 'increment', []), 2, 'the others go on')

    disk.free()
    cluster.startNode(leader)
    await operator.until(
      (all) => all.length === 3 && new Set(all.map(({ lastApplied }) => lastApplied)).size === 1,
    )
  },
)
