/** A member's folder is copied, and both copies are run. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freePort, Operator } from '../../harness/operator.js'

const operator = await Operator.start(t, 3)
const { cluster, client } = operator

async function copyOf(id: string, folder: string): Promise<string> {
  const copied = join(cluster.folder, folder)
  const filter = (file: string): boolean => !file.includes('lock')
  await cp(join(cluster.folder, '.rollcall', id), copied, { recursive: true, filter })
  return copied
}

let told: Promise<void> | undefined

/** The same member once more, on the copy; resolves to where it is then. */
async function runCopy(id: string, folder: string): Promise<string> {
  const port = await freePort()
  const later = operator.startAgain(id, '--data', folder, '--port', port)
  told = later.says(new RegExp(`another process that was started earlier ran ${id} at .* this one goes on`))
  told.catch(() => undefined)
  return `${id}@localhost:${port}`
}

async function isPartOfIt(uri: string): Promise<void> {
  await operator.until(
    (all) =>
      all.length === 3 &&
      all.every(({ members }) => members.some((member) => member.uri === uri)) &&
      all.some((member) => member.role === 'leader'),
  )
}

for (const role of ['follower', 'leader'] as const) {
  t.test(
    `the folder of a ${role} is copied and run twice: the older process ends, and says why`,
    async (t) => {
      await client.call('kv', 'set', ['before', role])
      const leader = await cluster.leader(client)
      const id = role === 'leader' ? leader : (cluster.ids.find((each) => each !== leader) ?? '')
      const older = cluster.process(id)
      const uri = await runCopy(id, await copyOf(id, `copy-of-a-${role}`))
      const { status, stderr } = await older.ended
      t.equal(status, 1)
      t.match(
        stderr,
        new RegExp(`^error: RUN_TWICE: another process that was started later runs ${id}, `, 'm'),
      )
      await told
      await isPartOfIt(uri)
      t.equal(await client.call('kv', 'get', ['before']), role)
    },
  )
}

t.test('the only member of a cluster stays, and the copy of it that is run beside it ends', async (t) => {
  const alone = await Operator.start(t, 1)
  await alone.cluster.kill('node1')
  const copied = join(alone.cluster.folder, 'copy')
  await cp(join(alone.cluster.folder, '.rollcall', 'node1'), copied, { recursive: true })
  await alone.startAgain('node1').says(/ready/)
  const { status, stderr } = await alone.startAgain('node1', '--data', copied, '--port', await freePort())
    .ended
  t.equal(status, 1)
  t.match(stderr, /^error: RUN_TWICE: another process at node1@localhost:\d+ runs node1, .*: this one ends/m)
})
