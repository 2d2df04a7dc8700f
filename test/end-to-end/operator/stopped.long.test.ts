/** A process that is stopped for as long as much is written. */
import t from 'tap'
import { CALM } from '../../harness/calm.js'
import { connect } from '../../../api.js'
import { residentBytes } from '../../harness/metrics.js'
import { Operator } from '../../harness/operator.js'
import { until } from '../../harness/until.js'
import { RESIDENT_BYTES_MAX } from '../overload/writing.js'

t.test('a follower that is stopped costs nothing, and comes back to what it has missed', async (t) => {
  const operator = await Operator.start(t, 3, CALM)
  const { cluster, client } = operator
  const leader = await cluster.leader(client)
  const [stopped = ''] = cluster.ids.filter((id) => id !== leader)
  cluster.process(stopped).signal('SIGSTOP')
  t.teardown(() => cluster.process(stopped).signal('SIGCONT'))
  const value = 'x'.repeat(256 * 1024)
  for (let n = 0; n < 400; n++) await client.call('kv', 'set', [`key${n % 4}`, value], { timeoutMs: 60_000 })
  const { pid } = cluster.process(leader)
  const resident = residentBytes(pid) ?? Infinity
  t.ok(
    resident < RESIDENT_BYTES_MAX,
    `${resident} bytes for 100 MiB of commands that one member has not taken`,
  )
  t.equal(await cluster.leader(client), leader, 'without an election')

  cluster.process(stopped).signal('SIGCONT')
  await operator.until((all) => {
    const last = Math.max(...all.map(({ commitIndex }) => commitIndex))
    return all.length === 3 && all.every(({ lastApplied }) => lastApplied >= last)
  })
})

t.test('bug: a leader that was removed while it was stopped was not told within minutes', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  const begun = Number(await client.call('counter', 'increment', []))
  const leader = await cluster.leader(client)
  cluster.process(leader).signal('SIGSTOP')
  t.teardown(() => cluster.process(leader).signal('SIGCONT'))
  const removed = await operator.run('remove-node', leader)
  t.equal(removed.status, 0, removed.stderr)
  const hasLeft = async (id: string): Promise<boolean> =>
    cluster.process(id).stderr.includes(`${leader} was removed, and is spoken to no more`)
  await until('nobody to speak to it', async () => {
    const said = await Promise.all(cluster.ids.filter((id) => id !== leader).map(hasLeft))
    return said.includes(true)
  })
  // Whoever knows that address alone is sent on by it, or finds it gone.
  const own = cluster.members.find((uri) => uri.startsWith(`${leader}@`)) ?? ''
  const caller = await connect({ nameserver: cluster.nameserver, members: [own], timeoutMs: 60_000 })
  t.teardown(() => caller.close())
  cluster.process(leader).signal('SIGCONT')
  t.equal(await caller.call('counter', 'increment', []), begun + 1)
  const end = await cluster.process(leader).ended
  t.equal(end.status, 1)
  t.match(
    end.stderr,
    new RegExp(`^error: REMOVED_MEMBER: ${leader} was removed from the cluster and ends`, 'm'),
  )
  const again = await operator.startAgain(leader).ended
  t.match(again.stderr, /^error: REMOVED_MEMBER: /m, 'and its folder says so')
})
