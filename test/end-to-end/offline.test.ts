/**
 * Data folders without their processes: what is in them, whether they are sound, and how to go on when all else is
 * lost.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Cluster, type Teardown } from '../harness/cluster.js'
import { freePorts, Running, temporaryFolder } from '../harness/processes.js'
import { until } from '../harness/until.js'
import { backupIn, rollcall } from './offline-commands.js'

const firstSegment = 'log-0000000001'
const LATER = 'so that damage before it is none of a torn end'

/** A cluster of three that has a value, and was killed. */
async function killedCluster(t: Teardown): Promise<{ cluster: Cluster; id: string }> {
  const cluster = await Cluster.start(t, 3)
  const client = await cluster.connect()
  await client.call('kv', 'set', ['greeting', 'hello'])
  await client.call('kv', 'set', ['later', LATER])
  const id = await cluster.leader(client)
  // The other two are a majority: a leader may have answered before it has written.
  await isWritten(join(cluster.folder, '.rollcall', id, firstSegment), LATER)
  await cluster.kill(...cluster.ids)
  return { cluster, id }
}

async function isWritten(file: string, text: string): Promise<void> {
  await until(`${file} to hold "${text}"`, () => readFileSync(file).includes(text))
}

async function copyOf(cwd: string, folder: string, name: string): Promise<string> {
  await cp(join(cwd, folder), join(cwd, name), { recursive: true })
  return name
}

function corrupt(file: string, text: string): void {
  const bytes = readFileSync(file)
  const at = bytes.indexOf(text)
  if (at < 0) throw new Error(`${file} does not hold ${text}`)
  bytes.write('X', at)
  writeFileSync(file, bytes)
}

// The one test looks at it, the other one goes on from it.
const { cluster, id } = await killedCluster(t)

t.test(
  'inspect and verify tell what is in a folder, and find the damage that a node would find',
  async (t) => {
    const folder = join('.rollcall', id)
    const [shown, json, verified] = await Promise.all([
      rollcall(t, cluster.folder, 'inspect', folder),
      // Each has the folder for itself.
      copyOf(cluster.folder, folder, 'second').then((copy) =>
        rollcall(t, cluster.folder, 'inspect', copy, '--json'),
      ),
      copyOf(cluster.folder, folder, 'third').then((copy) => rollcall(t, cluster.folder, 'verify', copy)),
    ])
    t.equal(shown.status, 0, shown.stderr)
    t.match(shown.stdout, new RegExp(`^member +${id} of the cluster rollcall, incarnation `, 'm'))
    t.match(shown.stdout, /^cluster +voters node1, node2, node3, cluster id \S+$/m)
    t.match(shown.stdout, new RegExp(`^term +\\d+, vote for ${id}$`, 'm'))
    t.match(shown.stdout, /^log +entries 1 to \d+, .*\d command/m)
    t.match(JSON.parse(json.stdout), { member: { id }, hardState: { votedFor: id }, tornBytes: 0 })
    t.same([verified.status, verified.stderr], [0, ''])
    t.match(
      verified.stdout,
      new RegExp(`^sound: ${id} of the cluster rollcall, \\d+ entries in 1 segment\n$`),
    )

    const segment = join(cluster.folder, folder, firstSegment)
    const sound = readFileSync(segment)
    corrupt(segment, 'greeting')
    const damaged = await rollcall(t, cluster.folder, 'verify', folder)
    t.same([damaged.status, damaged.stdout], [1, ''])
    t.match(damaged.stderr, new RegExp(`^error: DAMAGED_STORAGE: .*${firstSegment}, offset \\d+: .*\n$`))
    const started = await cluster.startNode(id).ended
    t.equal(started.status, 1)
    t.match(started.stderr, /^error: DAMAGED_STORAGE: /m)
    writeFileSync(segment, sound)
  },
)

t.test('a folder in use is refused by the offline commands', async (t) => {
  const cwd = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  const node = new Running(['node', 'a', '--members', `a@localhost:${port}`], cwd)
  t.teardown(() => node.kill())
  await node.says(/ready/)
  const refused = [
    ['inspect', '.rollcall/a'],
    ['verify', '.rollcall/a'],
    ['recover', 'a', '--yes'],
  ]
  for (const { status, stdout, stderr } of await Promise.all(
    refused.map((args) => rollcall(t, cwd, ...args)),
  )) {
    t.same([status, stdout], [1, ''])
    t.match(stderr, /^error: FOLDER_IN_USE: .*\.rollcall\/a .*\n$/)
  }
})

t.test('what is no data folder and no backup is refused, and nothing is made', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'notes.txt'), 'nothing of ours')
  const refusals: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['inspect', 'nowhere'], 1, /^error: NO_FOLDER: .*nowhere/],
    [['verify', '.'], 1, /^error: NO_MEMBER: /],
    [['verify', 'notes.txt'], 1, /^error: DAMAGED_STORAGE: .*notes\.txt, offset 0/],
    [['recover'], 2, /^error: USAGE: .*--data/],
    [['recover', 'node1'], 2, /^error: USAGE: .*--yes/],
    [['recover', '--data', '.', '--yes'], 1, /^error: NOT_RECOVERABLE: /],
    [['restore', 'nowhere', '--id', 'node1'], 1, /^error: NO_FILE: .*nowhere/],
    [['restore', 'notes.txt', '--id', 'node1'], 1, /^error: DAMAGED_STORAGE: .*notes\.txt/],
    [['restore', 'notes.txt', '--id', 'node9'], 2, /^error: USAGE: .*node9/],
  ]
  for (const [args, status, stderr] of refusals) {
    const output = await rollcall(t, folder, ...args)
    t.same([output.status, output.stdout], [status, ''], args.join(' '))
    t.match(output.stderr, stderr, args.join(' '))
  }
  const left = await rollcall(t, folder, 'inspect', '.', '--json')
  t.same(JSON.parse(left.stdout), {
    entries: { count: 0, byKind: { command: 0, empty: 0, identity: 0, configuration: 0 } },
    segments: [],
    spares: [],
    tornBytes: 0,
    others: ['notes.txt'],
  })
})

t.test('with two of three lost for good, the third goes on as a cluster of its own', async (t) => {
  const others = cluster.ids.filter((other) => other !== id)
  // On a busy machine the third may have been killed before it had one.
  for (const other of others)
    rmSync(join(cluster.folder, '.rollcall', other), { recursive: true, force: true })
  const before = await rollcall(t, cluster.folder, 'inspect', join('.rollcall', id), '--json')
  const recovered = await rollcall(t, cluster.folder, 'recover', id, '--yes')
  t.equal(recovered.status, 0, recovered.stderr)
  t.match(
    recovered.stdout,
    new RegExp(`^${id} is a cluster of its own now, in term \\d+; kept: entries up to \\d+`),
  )
  t.match(recovered.stdout, new RegExp(`old folders of ${others.join(', ')}`))
  cluster.startNode(id)
  const client = await cluster.connect()
  t.equal(await client.call('kv', 'get', ['greeting']), 'hello')
  t.equal(await client.call('counter', 'increment', []), 1)
  const [status] = await cluster.statuses(client)
  t.match(status, { id, role: 'leader', members: [{ id, voter: true }] })
  t.not(status?.clusterId, (JSON.parse(before.stdout) as { clusterId: string }).clusterId)
})

t.test('a damaged backup is noticed, and restores nothing', async (t) => {
  const folder = temporaryFolder(t)
  corrupt(await backupIn(folder), 'two')
  for (const args of [
    ['verify', 'monday.backup'],
    ['restore', 'monday.backup', '--id', 'node1'],
  ]) {
    const { status, stderr } = await rollcall(t, folder, ...args)
    t.equal(status, 1)
    t.match(stderr, /^error: DAMAGED_STORAGE: .*monday\.backup, offset \d+: .*piece 1/)
  }
  const left = await rollcall(t, folder, 'inspect', '.rollcall/node1', '--json')
  t.match(JSON.parse(left.stdout), { others: [], segments: [] })
})
