/**
 * What a newcomer gets wrong and what a stranger sends: a clear line on stderr, the right exit code, no harm to others.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Cluster } from '../harness/cluster.js'
import { freePorts, Running, temporaryFolder } from '../harness/processes.js'

async function fails(
  t: Test,
  args: readonly string[],
  status: number,
  stderr: RegExp,
  cwd = temporaryFolder(t),
): Promise<void> {
  const running = new Running(args, cwd)
  t.teardown(() => running.kill())
  const output = await running.ended
  t.equal(output.status, status, output.stderr)
  t.match(output.stderr, stderr)
  t.equal(output.stdout, '')
}

/** It tries for ten seconds: meanwhile the others are tested. */
async function lookupOfNobody(): Promise<Running> {
  const [a = 0, b = 0] = await freePorts(2)
  const seeds = ['--nameserver', `localhost:${a}`, '--members', `node1@localhost:${b}`]
  return new Running(['lookup', 'kv', ...seeds], temporaryFolder(t))
}

const lookup = await lookupOfNobody()
const cluster = await Cluster.start(t, 3)
const client = await cluster.connect()

t.test('an unknown command or flag is wrong usage', async (t) => {
  await fails(t, ['nonsense'], 2, /nonsense/)
  await fails(t, ['names', '--nonsense'], 2, /nonsense/)
})

t.test(
  'a heartbeat that is not below the election time-out is wrong usage, which names both flags',
  async (t) => {
    for (const command of [['node', 'node1'], ['nameserver'], ['up']])
      await fails(
        t,
        [...command, '--heartbeat', '500'],
        2,
        /^error: USAGE: --heartbeat must .* --election-timeout/,
      )
  },
)

t.test('a member that no configuration names is refused', async (t) => {
  await fails(t, ['node', 'node9', '--port', '0'], 2, /node9/)
})

t.test('a port in use is an error that names it', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  t.teardown(() => holder.close())
  await once(holder, 'listening')
  const address = holder.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await fails(t, ['nameserver', '--port', String(port)], 1, new RegExp(`^error: [A-Z_]+: .*${port}.*$`, 'm'))
})

t.test('a data folder that can not be written is an error that names it', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  const [port = 0] = await freePorts(1)
  await fails(
    t,
    ['nameserver', '--port', String(port), '--data', join(file, 'data')],
    1,
    /^error: [A-Z_]+: .*a-file/m,
    folder,
  )
})

t.test('a data folder in use is refused, and free again after a SIGKILL', async (t) => {
  await cluster.leader(client)
  const second = cluster.run('node', 'node1')
  const { status, stderr } = await second.ended
  t.equal(status, 1)
  t.match(stderr, /^error: [A-Z_]+: .*node1/m)
  await cluster.kill('node1')
  const third = cluster.startNode('node1')
  await third.says(/listening|ready/)
  await cluster.everyone(client)
})

t.test('one-shot calls print one line of JSON, and their errors one line on stderr', async (t) => {
  await cluster.leader(client)
  const set = await cluster.run('call', 'kv.set', 'greeting', '{"text":"hello"}').ended
  t.same([set.status, set.stdout], [0, 'null\n'])
  const get = await cluster.run('call', 'kv.get', 'greeting').ended
  t.same([get.status, get.stdout], [0, '{"text":"hello"}\n'])
  const negative = await cluster.run('call', 'counter.increment', '--', '-5').ended
  t.same([negative.status, negative.stdout], [0, '-5\n'])
  const missing = await cluster.run('call', 'kv.nonsense').ended
  t.equal(missing.status, 1)
  t.match(missing.stderr, /^error: METHOD_NOT_FOUND: .*kv\.nonsense.*\n$/)
  const malformed = await cluster.run('call', 'nodot').ended
  t.equal(malformed.status, 2)
})

t.test('a wiped folder under a known id neither votes nor acknowledges, and says what to do', async (t) => {
  const begun = Number(await client.call('counter', 'increment', []))
  const leader = await cluster.leader(client)
  const wiped = cluster.ids.find((id) => id !== leader) ?? ''
  await cluster.until(
    client,
    'all members, and each with the id of the cluster',
    (all) => all.length === cluster.ids.length && all.every(({ clusterId }) => clusterId !== null),
  )
  await cluster.kill(wiped)
  rmSync(join(cluster.folder, '.rollcall', wiped), { recursive: true })
  const { status, stderr } = await cluster.startNode(wiped).ended
  t.equal(status, 1)
  t.match(stderr, new RegExp(`^error: [A-Z_]+: .*${wiped}`, 'm'))
  t.equal(await client.call('counter', 'increment', []), begun + 1, 'the others go on')
})

t.test('a call with no cluster to answer it fails with exit code 1', async (t) => {
  const { status, stdout, stderr } = await lookup.ended
  t.same([status, stdout], [1, ''])
  t.match(stderr, /^error: UNREACHABLE: /m)
})
