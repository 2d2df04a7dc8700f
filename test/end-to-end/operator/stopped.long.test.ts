/** A process that is stopped for as long as much is written. */
import t from 'tap'
import { CALM } from '../../harness/calm.js'
import { residentBytes } from '../../harness/metrics.js'
import { Operator } from '../../harness/operator.js'
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
