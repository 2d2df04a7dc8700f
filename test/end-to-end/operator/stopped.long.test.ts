/** A process that is stopped for as long as much is written. */
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { Operator } from '../../harness/operator.js'

const residentMax = 400_000

t.test('a follower that is stopped costs nothing, and comes back to what it has missed', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  const leader = await cluster.leader(client)
  const [stopped = ''] = cluster.ids.filter((id) => id !== leader)
  cluster.process(stopped).signal('SIGSTOP')
  t.teardown(() => cluster.process(stopped).signal('SIGCONT'))
  const value = 'x'.repeat(256 * 1024)
  for (let n = 0; n < 400; n++) await client.call('kv', 'set', [`key${n % 4}`, value], { timeoutMs: 60_000 })
  const { pid } = cluster.process(leader)
  const resident = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
  t.ok(resident < residentMax, `${resident} KiB for 100 MiB of commands that one member has not taken`)
  t.equal(await cluster.leader(client), leader, 'without an election')

  cluster.process(stopped).signal('SIGCONT')
  await operator.until((all) => {
    const last = Math.max(...all.map(({ commitIndex }) => commitIndex))
    return all.length === 3 && all.every(({ lastApplied }) => lastApplied >= last)
  })
})
