/** Two of three data folders are lost: the one that is left goes on, others are added afresh, old ones stay out. */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freePort, Operator } from '../../harness/operator.js'

t.test('what is left goes on alone, grows again, and keeps a folder of the old cluster out', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  await client.call('kv', 'set', ['greeting', 'hello'])
  await operator.until(
    (all) => all.length === 3 && all.every((one) => one.lastApplied === all[0]?.lastApplied),
  )
  await cluster.kill('node2', 'node3')
  // What it has applied need not be on its disk before it ends.
  const last = cluster.process('node1')
  last.signal('SIGTERM')
  await last.ended
  const folder = (id: string) => join(cluster.folder, '.rollcall', id)
  await cp(folder('node3'), folder('stale'), { recursive: true })
  for (const id of ['node2', 'node3']) await rm(folder(id), { recursive: true })

  t.equal((await operator.local('recover', 'node1')).status, 2, 'not without --yes')
  const recovered = await operator.local('recover', 'node1', '--yes')
  t.equal(recovered.status, 0, recovered.stderr)
  await operator.startAgain('node1').says(/elected leader/)
  t.equal(await client.call('kv', 'get', ['greeting']), 'hello')

  const stale = operator.startAgain('node3', '--data', '.rollcall/stale')
  await stale.says(
    /no understanding with node1: the data folder of node3 is of the cluster rollcall with id /,
  )
  t.same(await operator.voters(), ['node1'])
  await stale.kill()

  for (const id of ['node2', 'node3']) {
    const added = await operator.add(id, '--port', await freePort())
    t.equal(added.status, 0, added.stderr)
  }
  t.same(await operator.voters(), ['node1', 'node2', 'node3'])
  t.equal(await client.call('kv', 'set', ['greeting', 'and on']), 'hello')
})
