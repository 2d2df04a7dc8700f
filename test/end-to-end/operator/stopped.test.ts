/** A process that is stopped, and not dead: its connections stay open and nobody answers on them. */
import t from 'tap'
import { Operator } from '../../harness/operator.js'

const operator = await Operator.start(t, 3)
const { cluster, client } = operator

t.test('a follower that is stopped comes back to what it has missed', async (t) => {
  const leader = await cluster.leader(client)
  const [stopped = ''] = cluster.ids.filter((id) => id !== leader)
  cluster.process(stopped).signal('SIGSTOP')
  t.teardown(() => cluster.process(stopped).signal('SIGCONT'))
  for (let n = 0; n < 20; n++) await client.call('kv', 'set', [`key${n % 4}`, 'x'.repeat(1024)])
  cluster.process(stopped).signal('SIGCONT')
  const all = await operator.until((members) => {
    const last = Math.max(...members.map(({ commitIndex }) => commitIndex))
    return members.length === 3 && members.every(({ lastApplied }) => lastApplied >= last)
  })
  t.ok(all.every(({ commitIndex }) => commitIndex >= 20))
})

t.test(
  'when the leader is stopped another one leads, clients go on, and it follows when it comes back',
  async (t) => {
    t.equal(await client.call('counter', 'increment', []), 1)
    const old = await cluster.leader(client)
    cluster.process(old).signal('SIGSTOP')
    t.teardown(() => cluster.process(old).signal('SIGCONT'))
    t.equal(
      await client.call('counter', 'increment', [], { timeoutMs: 60_000 }),
      2,
      'once, however often it was sent',
    )
    t.not(await cluster.leader(client), old)
    const all = await operator.until((members) => members.some(({ role }) => role === 'leader'))
    const term = Math.max(...all.map((member) => member.term))
    cluster.process(old).signal('SIGCONT')
    // It knows of the other's office, even if it has been elected again since.
    await operator.until((members) => members.some((one) => one.id === old && one.term >= term))
    t.equal(await client.call('counter', 'value', []), 2)
  },
)
