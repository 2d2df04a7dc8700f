/** Members that were restored from a backup, among empty folders, and among those of another restore of it. */
import { rename, rm } from 'node:fs/promises'
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

t.test('two restores of one backup for the same members do not mix, though all have restarted', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  const folders = join(cluster.folder, '.rollcall')
  const members = ['--members', cluster.members.join(',')]
  t.equal(await client.call('kv', 'set', ['before', 1]), null)
  t.equal((await operator.run('backup', 'all.backup')).status, 0)

  for (const which of ['first', 'second']) {
    await cluster.kill(...cluster.ids)
    await rename(folders, `${folders}-before-${which}`)
    for (const id of cluster.ids) {
      t.equal((await operator.local('restore', 'all.backup', '--id', id, ...members)).status, 0)
      cluster.startNode(id)
    }
    const restored = await cluster.connect()
    await cluster.everyone(restored)
    t.equal(await restored.call('kv', 'set', ['after', which]), null)
    await cluster.until(restored, 'all to know each other, and that all is committed', (all) => {
      const last = Math.max(...all.map(({ lastIndex }) => lastIndex))
      return all.length === 3 && all.every(({ commitIndex }) => commitIndex === last)
    })
  }
  await cluster.kill(...cluster.ids)
  await rename(join(folders, 'node1'), join(folders, 'node1-of-the-second'))
  await rename(join(`${folders}-before-second`, 'node1'), join(folders, 'node1'))

  const [one, two] = [cluster.startNode('node1'), cluster.startNode('node2')]
  await Promise.all([one.says(/no understanding with node2/), two.says(/no understanding with node1/)])
  cluster.startNode('node3')
  const mixed = await cluster.connect()
  t.equal(await mixed.call('kv', 'get', ['after']), 'second', 'two are of the second')
  // Others know their cluster's id once something is committed: whoever is judged before it is judged by its folder.
  await one.says(
    /^error: WIPED_MEMBER: node1 has lost its data folder|node1: no understanding .* a data folder of another cluster$/m,
  )
  t.not((await cluster.statuses(mixed)).find(({ id }) => id === 'node1')?.leader, 'node1')
})
