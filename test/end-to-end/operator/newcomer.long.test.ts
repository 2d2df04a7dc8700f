/** A member that comes for the first time when one of the two others is gone counts for nothing: that is told. */
import t from 'tap'
import { NoQuorumError } from '../../../api.js'
import { CALM } from '../../harness/calm.js'
import { Cluster } from '../../harness/cluster.js'
import { Running } from '../../harness/processes.js'
import { until } from '../../harness/until.js'

t.test('a newcomer is no majority: the members say so, and whom to start helps', async (t) => {
  const cluster = await Cluster.planned(t, 3, CALM)
  cluster.startNameServer()
  for (const id of ['node1', 'node2']) cluster.startNode(id)
  const client = await cluster.connect()
  await client.call('kv', 'set', ['greeting', 'hello'])
  const gone = await cluster.until(
    client,
    'a leader',
    (members) => members.find(({ role }) => role === 'leader')?.id,
  )
  await cluster.kill(gone)
  cluster.startNode('node3')
  const [leader, newcomer] = await cluster.until(client, 'a leader of two, one of them new', (members) => {
    const leading = members.find(({ uncounted, role }) => role === 'leader' && uncounted?.includes('node3'))
    const follower = members.find(({ id, leader }) => id === 'node3' && leader?.id === leading?.id)
    return leading && follower && ([leading, follower] as const)
  })
  t.same(leader.uncounted, ['node3'])
  t.same(newcomer.uncounted, ['node3'])

  const wayOut = `start ${gone} again`
  const refusal = new RegExp(`node3, which came for the first time.*: ${wayOut}$`)
  for (const [method, params] of [
    ['set', ['greeting', 'again']],
    ['get', ['greeting']],
  ] as const) {
    const error: unknown = await client
      .call('kv', method, params, { timeoutMs: 1_000 })
      .catch((e: unknown) => e)
    t.ok(error instanceof NoQuorumError, String(error))
    t.match(error, { message: refusal })
  }
  const told = new RegExp(`^node3 came for the first time.*: ${wayOut}$`, 'm')
  t.match((await cluster.run('status').ended).stdout, told)
  const { status, stdout } = await cluster.run('doctor').ended
  t.equal(status, 1)
  t.match(
    stdout,
    new RegExp(
      `^PROBLEM +cluster rollcall +node3 came for the first time.* no command until then → ${wayOut}$`,
      'm',
    ),
  )
  t.notMatch(
    stdout,
    `rollcall.leader is ${gone}@`,
    'nor is the record of the one that is gone anybody’s fault',
  )
  const place = newcomer.uri.slice(newcomer.uri.indexOf('@') + 1)
  const ready = () => new Running(['ready', place], cluster.folder).ended
  t.match((await ready()).stderr, /^error: NOT_READY: .*come for the first time/m)

  cluster.startNode(gone)
  t.equal(await client.call('kv', 'get', ['greeting']), 'hello')
  await until(
    () => 'a healthy cluster',
    async () => (await cluster.run('doctor').ended).status === 0,
  )
  t.equal((await ready()).status, 0)
})
