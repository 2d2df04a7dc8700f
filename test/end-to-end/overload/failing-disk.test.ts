/** A leader whose disk freezes, and one whose disk is full: the others go on. Each on a file system of its own. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Operator } from '../../harness/operator.js'
import { temporaryFolder } from '../../harness/processes.js'

const DISK_SIZE = '64M'

/** A small file system at `folder`, with what was in the folder; gone with the test. */
function mountDisk(t: Test, folder: string): void {
  const [image, before] = [join(temporaryFolder(t), 'image'), join(temporaryFolder(t), 'before')]
  cpSync(folder, before, { recursive: true })
  execFileSync('truncate', ['-s', DISK_SIZE, image])
  execFileSync('mkfs.ext4', ['-q', image], { stdio: 'ignore' })
  execFileSync('mount', ['-o', 'loop', image, folder], { stdio: 'ignore' })
  t.teardown(() => execFileSync('umount', ['--lazy', folder]))
  cpSync(before, folder, { recursive: true })
}

function whyNot(): string | false {
  const folder = temporaryFolder(t)
  const image = join(folder, 'image')
  spawnSync('truncate', ['-s', DISK_SIZE, image])
  spawnSync('mkfs.ext4', ['-q', image])
  mkdirSync(join(folder, 'disk'))
  if (spawnSync('mount', ['-o', 'loop', image, join(folder, 'disk')]).status !== 0)
    return 'a file system can only be mounted by root, and where there are loop devices'
  spawnSync('umount', [join(folder, 'disk')])
  return false
}

const skip = whyNot()

/** Three members, the leader's folder on a disk of its own. */
async function start(t: Test): Promise<{ operator: Operator; leader: string; folder: string }> {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  const leader = 'node1'
  const folder = join(cluster.folder, '.rollcall', leader)
  await cluster.kill(leader)
  mountDisk(t, folder)
  cluster.startNode(leader, {}, ['--priority', '1'])
  await operator.until((all) => all.some(({ id, role }) => id === leader && role === 'leader'))
  t.equal(await client.call('counter', 'increment', []), 1)
  return { operator, leader, folder }
}

t.test('a leader whose disk freezes loses office, and follows again once it thaws', { skip }, async (t) => {
  const { operator, leader, folder } = await start(t)
  const { client } = operator
  execFileSync('fsfreeze', ['--freeze', folder])
  try {
    t.equal(await client.call('counter', 'increment', []), 2, 'its own disk is not needed at once')
    await operator.until((all) => all.some(({ id, role }) => id !== leader && role === 'leader'))
    t.equal(await client.call('counter', 'increment', []), 3)
  } finally {
    execFileSync('fsfreeze', ['--unfreeze', folder])
  }
  await operator.until(
    (all) => all.length === 3 && new Set(all.map(({ lastApplied }) => lastApplied)).size === 1,
  )
})

t.test(
  'a leader whose disk is full stops with a sentence, and is back when there is room',
  { skip },
  async (t) => {
    const { operator, leader, folder } = await start(t)
    const { client, cluster } = operator
    const process = cluster.process(leader)
    spawnSync('dd', ['if=/dev/zero', `of=${join(folder, 'filler')}`, 'bs=64K'])
    const text = 'x'.repeat(100_000)
    for (let n = 0; process.isRunning; n++) await client.call('kv', 'set', [`key${n % 10}`, text])
    t.match((await process.ended).stderr, /no space left on device/i)
    t.equal(await client.call('counter', 'increment', []), 2, 'the others go on')

    rmSync(join(folder, 'filler'))
    cluster.startNode(leader)
    await operator.until(
      (all) => all.length === 3 && new Set(all.map(({ lastApplied }) => lastApplied)).size === 1,
    )
  },
)
