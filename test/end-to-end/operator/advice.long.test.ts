/** What a member's last words tell to do is done, and helps: nothing that was acknowledged is missing. */
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Operator } from '../../harness/operator.js'

const WRITES = 20
/** As it is told: three steps, with the member's id and port in their places. */
const ADVICE = /rollcall remove-node (\S+), delete (?:the|this) folder, rollcall add (\S+) --port PORT/

const operator = await Operator.start(t, 3)
const { cluster, client } = operator
const folderOf = (id: string): string => join(cluster.folder, '.rollcall', id)
const portOf = (id: string): string =>
  (cluster.members.find((uri) => uri.startsWith(`${id}@`)) ?? '').split(':').at(-1) ?? ''
let written = 0

async function write(): Promise<void> {
  for (let n = 0; n < WRITES; n++) await client.call('log', 'append', [`line ${++written}`])
}

async function followers(): Promise<readonly string[]> {
  const leader = await cluster.leader(client)
  return cluster.ids.filter((id) => id !== leader)
}

async function follow(advice: string, id: string): Promise<readonly string[]> {
  const [, removed, added] = ADVICE.exec(advice) ?? []
  if (removed === undefined) throw new Error(`it says nothing of the kind: ${advice}`)
  const outputs = [await operator.run('remove-node', id)]
  rmSync(folderOf(id), { recursive: true })
  outputs.push(await operator.add(id, '--port', portOf(id)))
  for (const { status, stderr } of outputs) if (status !== 0) throw new Error(stderr)
  return [removed, added ?? '']
}

/** All that was acknowledged, as any member has it once it has applied as much as the leader. */
async function isAllThere(id: string): Promise<boolean> {
  const entries = (await client.call('log', 'entries', [1, 1000])) as readonly unknown[]
  const all = await operator.until((members) => {
    const last = Math.max(...members.map(({ lastIndex }) => lastIndex))
    return members.length === 3 && members.every(({ lastApplied }) => lastApplied === last)
  })
  return entries.length === written && all.some((member) => member.id === id)
}

t.test('a damaged member is removed, its folder deleted, and added again', async (t) => {
  await write()
  const [id = ''] = await followers()
  await cluster.kill(id)
  const file = join(folderOf(id), 'log-0000000001')
  const bytes = readFileSync(file)
  bytes.write('X', bytes.indexOf('line 1'))
  writeFileSync(file, bytes)
  const { status, stderr } = await operator.startAgain(id).ended
  t.equal(status, 1)
  const [said = ''] = /^error: DAMAGED_STORAGE: .*$/m.exec(stderr) ?? []
  t.same(await follow(said, id), ['ID', 'ID'])
  t.ok(await isAllThere(id))
  await operator.endBackground(id)
  await operator.startAgain(id).says(/ready/)
})

t.test(
  'a member that has lost its folder is removed, the new one deleted, and it is added again',
  async (t) => {
    await write()
    const [, id = ''] = await followers()
    await cluster.kill(id)
    rmSync(folderOf(id), { recursive: true })
    const { status, stderr } = await cluster.startNode(id).ended
    t.equal(status, 1)
    const [said = ''] = /^error: WIPED_MEMBER: .*$/m.exec(stderr) ?? []
    t.same(await follow(said, id), [id, id])
    t.ok(await isAllThere(id))
  },
)

t.test('a folder that everybody may write into is started after the advice was followed', async (t) => {
  const [id = ''] = await followers()
  await operator.endBackground(id).catch(() => cluster.kill(id))
  chmodSync(folderOf(id), 0o777)
  const { status, stderr } = await operator.startAgain(id).ended
  t.equal(status, 1)
  const [, mode = '', folder = ''] = /^error: UNSAFE_FOLDER: .*\(chmod (o-w) (\S+)\)/m.exec(stderr) ?? []
  execFileSync('chmod', [mode, folder], { cwd: cluster.folder })
  await operator.startAgain(id).says(/ready/)
})
