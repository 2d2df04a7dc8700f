/** One member of three is restored from a backup, the others begin with empty folders. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Operator } from '../../harness/operator.js'

t.test('a restored member has no part in a cluster of empty folders', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  for (let number = 1; number <= 5; number++) await client.call('kv', 'set', [`before${number}`, number])
  t.equal((await operator.run('backup', 'all.backup')).status, 0)
  await cluster.kill(...cluster.ids)
  for (const id of cluster.ids) await rm(join(cluster.folder, '.rollcall', id), { recursive: true })

  const members = ['--members', cluster.members.join(',')]
  t.equal((await operator.local('restore', 'all.backup', '--id', 'node1', ...members)).status, 0)
  const others = ['node2', 'node3'].map((id) => cluster.startNode(id))
  await Promise.race(others.map((other) => other.says(/elected leader/)))
  const restored = cluster.startNode('node1')
  await restored.says(/no understanding with node[23]: node1 was restored from a backup/)
  const another = await cluster.connect()
  t.equal(await another.call('kv', 'get', ['before1']), null)
  t.equal(await another.call('kv', 'set', ['after', 1]), null)
  const statuses = await cluster.statuses(another)
  t.equal(statuses.find(({ id }) => id === 'node1')?.leader, null, 'it follows nobody')

  const seen = await operator.run('doctor')
  t.equal(seen.status, 1)
  t.match(
    seen.stdout,
    /PROBLEM  node\d .*has no understanding with node\d → node1 was restored from a backup .* restored from the same file/,
  )

  for (const id of ['node2', 'node3']) {
    await cluster.kill(id)
    await rm(join(cluster.folder, '.rollcall', id), { recursive: true })
    t.equal((await operator.local('restore', 'all.backup', '--id', id, ...members)).status, 0)
    cluster.startNode(id)
  }
  t.equal(
    await (await cluster.connect()).call('kv', 'get', ['before5']),
    5,
    'once the others are restored too it serves',
  )
})
