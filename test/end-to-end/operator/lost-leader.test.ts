/** The leader is gone without a word at the moment when an operator asks for something. */
import t from 'tap'
import { freePort, Operator } from '../../harness/operator.js'

t.setTimeout(240_000)

const operator = await Operator.start(t, 3)
const { cluster, client } = operator
await client.call('kv', 'set', ['a', 1])

/**
 * The leader is stopped, as on a machine that hangs: its connections stay, and say nothing. It is back when `work` is
 * done.
 */
async function whileItHangs(work: (leader: string, other: string) => Promise<void>): Promise<void> {
  const leader = await cluster.leader(client)
  const other = cluster.ids.find((id) => id !== leader) ?? ''
  cluster.process(leader).signal('SIGSTOP')
  try {
    await work(leader, other)
  } finally {
    cluster.process(leader).signal('SIGCONT')
    await operator.until((all) => all.some(({ id }) => id === leader))
    await cluster.leader(client)
  }
}

t.test('bug: backup asked a leader that hung for two minutes', (t) =>
  whileItHangs(async () => {
    const { status, stderr, stdout } = await operator.run('backup', 'monday.backup')
    t.equal(status, 0, stderr)
    t.match(stdout, /"bytes":\d+/)
    t.equal((await operator.local('verify', 'monday.backup')).status, 0)
  }),
)

t.test('transfer finds the new leader', (t) =>
  whileItHangs(async (_, other) => {
    const { status, stderr, stdout } = await operator.run('transfer', other, '--timeout', '20000')
    t.equal(status, 0, stderr)
    t.match(stdout, `"${other}@`)
  }),
)

t.test('add finds the new leader', (t) =>
  whileItHangs(async () => {
    const { status, stderr } = await operator.add('node5', '--port', await freePort(), '--timeout', '30000')
    t.equal(status, 0, stderr)
    t.same(await operator.voters(), [...cluster.ids, 'node5'])
  }),
)

t.test('remove-node takes out even the leader that hangs', async (t) => {
  const leader = await cluster.leader(client)
  cluster.process(leader).signal('SIGSTOP')
  const { status, stderr } = await operator.run('remove-node', leader, '--timeout', '30000')
  t.equal(status, 0, stderr)
  await cluster.kill(leader)
  t.equal((await operator.voters()).includes(leader), false)
})
