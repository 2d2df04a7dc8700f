/** A backup of a running cluster becomes another cluster with the same data. */
import t from 'tap'
import { connect, type Rollcall } from '../../../api.js'
import { Operator } from '../../harness/operator.js'
import { freePorts } from '../../harness/processes.js'

const operator = await Operator.start(t, 3)
const { cluster, client } = operator

t.test('all that was acknowledged before a backup is in the cluster that is restored from it', async (t) => {
  await client.call('kv', 'set', ['greeting', { text: 'hello', to: ['all'] }])
  for (let n = 0; n < 20; n++) await client.call('counter', 'increment', [])
  const saved = await operator.run('backup', 'monday.backup')
  t.equal(saved.status, 0, saved.stderr)
  await client.call('counter', 'increment', [])

  const ports = await freePorts(3)
  const members = ['a', 'b', 'c'].map((id, n) => `${id}@localhost:${ports[n]}`)
  const place = ['--members', members.join(','), '--cluster', 'second']
  for (const id of ['a', 'b', 'c']) {
    const restored = await operator.local('restore', 'monday.backup', '--id', id, ...place)
    t.equal(restored.status, 0, restored.stderr)
  }
  for (const id of ['a', 'b', 'c']) operator.startAgain(id, '--cluster', 'second')
  const second = await connect({
    nameserver: cluster.nameserver,
    members,
    cluster: 'second',
    timeoutMs: 60_000,
  })
  t.teardown(() => second.close())
  t.same(await second.call('kv', 'get', ['greeting']), { text: 'hello', to: ['all'] })
  t.equal(await second.call('counter', 'increment', []), 21, 'it goes on from where the backup stands')
  t.equal(await client.call('counter', 'value', []), 21, 'and the first cluster is another one')
  t.not(await clusterIdOf(second), await clusterIdOf(client))
  const stranger = await operator.add('a', '--port', String(ports[0]))
  t.same([stranger.status, stranger.stdout], [1, ''], 'a member of the one can not be added to the other')
  t.match(
    stranger.stderr,
    /^error: INVALID_PARAMS: a@\S+ has the data folder of another cluster, with the id /,
  )
})

t.test('a backup without a leader makes no file', async (t) => {
  await cluster.kill('node1', 'node2')
  await operator.until((all) => all.every(({ role }) => role !== 'leader'))
  const { status, stdout, stderr } = await operator.run('backup', 'tuesday.backup')
  t.same([status, stdout], [1, ''])
  t.match(stderr, /^(?:waiting: [^\n]*\n)+error: NO_QUORUM: no backup was made: [^\n]*\n$/)
  t.match((await operator.local('verify', 'tuesday.backup')).stderr, /^error: NO_F/)
})

/** By the word of its leader, who has committed it. */
async function clusterIdOf(client: Rollcall): Promise<string | null | undefined> {
  const leader = (await client.status()).find((view) => view.reachable && view.role === 'leader')
  return leader?.reachable === true ? leader.clusterId : undefined
}
