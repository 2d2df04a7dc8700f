/** Members are added to a running cluster; what can't be added changes nothing and leaves nothing behind. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import type { Cluster } from '../../harness/cluster.js'
import { freePort, Operator } from '../../harness/operator.js'
import { freePorts } from '../../harness/processes.js'
import { until } from '../../harness/until.js'

t.setTimeout(180_000)

const FIVE = ['node1', 'node2', 'node3', 'node4', 'node5']

// The first makes five of three, and one after another finds them with a quorum; the last two end it.
const operator = await Operator.start(t)
const { cluster, client } = operator
const nodes = () => [...cluster.processes.keys()].filter((name) => name !== 'nameserver')

t.test('from three to five: the added ones vote, and start again without a flag', async (t) => {
  await client.call('kv', 'set', ['greeting', 'hello'])
  for (const id of ['node4', 'node5']) {
    const port = await freePort()
    const { status, stdout, stderr } = await operator.add(id, '--port', port)
    t.equal(status, 0, stderr)
    t.match(stderr, new RegExp(`^${id} runs as process \\d+ and logs to \\.rollcall/${id}\\.log$`, 'm'))
    const added = (JSON.parse(stdout) as readonly { id: string }[]).find((member) => member.id === id)
    t.same(added, { id, uri: `${id}@localhost:${port}`, voter: true })
  }
  t.same(await operator.voters(), FIVE)

  // Three of five are needed: with two of the first three gone, the added ones make the majority.
  await cluster.kill('node1', 'node2')
  t.equal(await client.call('kv', 'set', ['greeting', 'still here']), 'hello')

  await operator.endBackground('node4')
  await operator.endBackground('node5', 'SIGKILL')
  for (const id of ['node4', 'node5']) await operator.startAgain(id).says(/ready/)
  t.equal(await client.call('kv', 'get', ['greeting']), 'still here')
  t.same((await operator.until((all) => all.length === 3)).map(({ id }) => id).sort(), [
    'node3',
    'node4',
    'node5',
  ])
  for (const id of ['node1', 'node2']) await operator.startAgain(id).says(/ready/)
  await operator.until((all) => all.length === FIVE.length)
})

t.test('what can not be added is refused, changes nothing and leaves no process behind', async (t) => {
  const before = await client.call(cluster.members[0] ?? '', 'status', [])
  const refused = async (t: Test, id: string, flags: readonly string[], status: number, sentence: RegExp) => {
    const output = await operator.add(id, ...flags)
    t.same([output.status, output.stdout], [status, ''], output.stderr)
    t.match(output.stderr, sentence)
    t.notMatch(output.stderr.trimEnd(), /\n/, 'one line')
    t.notOk(await operator.isRunning('node9'))
  }
  const taken = portOf(cluster, 'node2')

  await t.test('an id in use', async (t) => {
    await refused(
      t,
      'node2',
      ['--port', await freePort()],
      1,
      /^error: \w+: node2 is a member already, at node2@localhost:\d+/,
    )
  })
  await t.test('the address of a member', async (t) => {
    await refused(t, 'node9', ['--port', taken], 1, /^error: \w+: .*localhost:\d+ is the address of node2/)
  })
  await t.test('no port', async (t) => {
    await refused(t, 'node9', [], 2, /^error: USAGE: --port must say where/)
    await refused(t, 'node9', ['--port', '0'], 2, /^error: USAGE: --port must say where/)
  })
  await t.test('a port that another program has', async (t) => {
    const stranger = createServer((socket) => socket.destroy())
    stranger.listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    t.teardown(() => stranger.close())
    const address = stranger.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    await refused(
      t,
      'node9',
      ['--port', port],
      1,
      /^error: START_FAILED: node9.* could not start .*\btaken\b/,
    )
  })
  await t.test('an id that no URI can hold', async (t) => {
    await refused(t, 'node@9', ['--port', await freePort()], 2, /^error: USAGE: the member id /)
  })

  const after = await client.call(cluster.members[0] ?? '', 'status', [])
  t.match(after, { members: (before as { members: object[] }).members })
  t.same(await operator.voters(), FIVE)
})

t.test('join at a non-member: the node says that nobody knows it, and takes no part', async (t) => {
  const [port = 0, nobody = 0] = await freePorts(2)
  const stranger = operator.startAgain(
    'node8',
    '--port',
    String(port),
    '--join',
    `nobody@localhost:${nobody}`,
  )
  await stranger.says(/ready/)
  t.match(await client.call(`node8@localhost:${port}`, 'status', []), {
    role: 'learner',
    leader: null,
  })
  t.same(await operator.voters(), FIVE)
  stranger.signal('SIGTERM')
  t.equal((await stranger.ended).status, 0)
})

t.test('a node whose process is just starting is waited for, and not started twice', async (t) => {
  const port = await freePort()
  const node = operator.startAgain('node6', '--port', port, '--join', cluster.members.join(','))
  await node.says(/ready/)
  // As one that reads a long log: it has its folder, and does not answer yet.
  node.signal('SIGSTOP')
  const command = cluster.run('add', 'node6', '--port', port)
  await command.says(/^a process has the data folder .*node6: waiting until it answers at node6@localhost:/m)
  node.signal('SIGCONT')
  const { status, stdout, stderr } = await command.ended
  t.equal(status, 0, stderr)
  t.match(stdout, /"id":"node6"/)
  t.notMatch(stderr, /runs as process/)
  t.ok(node.isRunning)
})

t.test(
  'a member is added under the load of the cluster without a quorum: refused, and its process ends',
  async (t) => {
    const leader = await cluster.leader(client)
    await cluster.kill(...nodes().filter((id) => id !== leader))
    // A leader that has not noticed yet takes the change, and nobody knows what becomes of it.
    await operator.until((all) => all.length === 1 && all.every(({ role }) => role !== 'leader'))
    const output = await operator.add('node9', '--port', await freePort(), '--timeout', '2000')
    t.equal(output.status, 1)
    t.match(output.stderr, /^error: NO_QUORUM: /m)
    await until('the process of node9 to end', async () => !(await operator.isRunning('node9')))
  },
)

t.test('a cluster that is down can not be added to: said at once, nothing started', async (t) => {
  await cluster.kill(...nodes())
  const output = await operator.add('node9', '--port', await freePort(), '--timeout', '1000')
  t.same([output.status, output.stdout], [1, ''])
  t.match(output.stderr, /^error: (UNREACHABLE|NO_QUORUM): [^\n]*\n$/)
  t.notOk(await operator.isRunning('node9'))
})

function portOf(cluster: Cluster, id: string): string {
  const uri = cluster.members.find((member) => member.startsWith(`${id}@`)) ?? ''
  return uri.slice(uri.lastIndexOf(':') + 1)
}
