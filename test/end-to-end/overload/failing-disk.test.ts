/** A leader whose disk freezes, and one whose disk is full: the others go on. Its folder is on a file system of its own. */
import { join } from 'node:path'
import t from 'tap'
import { Operator } from '../../harness/operator.js'
import { SmallDisk, whyNoDisks } from '../../harness/small-disk.js'

const DISK_MIB = 64
const leader = 'node1'

const skip = whyNoDisks(t)
// One after the other finds it leading.
const scene = skip === false ? await start() : undefined

async function start(): Promise<{ operator: Operator; disk: SmallDisk }> {
  const operator = await Operator.start(t, 3)
  const { cluster } = operator
  await cluster.kill(leader)
  const disk = await SmallDisk.mount(t, join(cluster.folder, '.rollcall', leader), DISK_MIB)
  cluster.startNode(leader, {}, ['--priority', '1'])
  return { operator, disk }
}

/** Once it leads, which it does whenever it can. */
async function leading() {
  if (scene === undefined) throw new Error('there are no disks here')
  const { cluster, client } = scene.operator
  await scene.operator.until((all) => all.some(({ id, role }) => id === leader && role === 'leader'))
  const begun = Number(await client.call('counter', 'increment', []))
  return { ...scene, cluster, client, begun }
}

t.test('a leader whose disk freezes loses office, and follows again once it thaws', { skip }, async (t) => {
  const { operator, client, disk, begun } = await leading()
  await disk.freeze()
  try {
    t.equal(await client.call('counter', 'increment', []), begun + 1, 'its own disk is not needed at once')
    await operator.until((all) => all.some(({ id, role }) => id !== leader && role === 'leader'))
    t.equal(await client.call('counter', 'increment', []), begun + 2)
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
    const { operator, cluster, client, disk, begun } = await leading()
    const process = cluster.process(leader)
    await disk.fill()
    const text = 'x'.repeat(100_000)
    for (let n = 0; process.isRunning; n++) await client.call('kv', 'set', [`key${n % 10}`, text])
    t.match((await process.ended).stderr, /no space left on device/i)
    t.equal(await client.call('counter', 'increment', []), begun + 1, 'the others go on')

    disk.free()
    cluster.startNode(leader)
    await operator.until(
      (all) => all.length === 3 && new Set(all.map(({ lastApplied }) => lastApplied)).size === 1,
    )
  },
)
