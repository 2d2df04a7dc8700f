/** A member that was down while all the members that it knew were replaced. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freePort, Operator } from '../../harness/operator.js'
import { until } from '../../harness/until.js'

t.test('who knows nobody any more comes back with a new folder, and not with its own', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  await client.call('kv', 'set', ['greeting', 'hello'])
  const folder = (name: string) => join(cluster.folder, '.rollcall', name)
  await cluster.kill('node3')
  for (const id of ['node7', 'node8']) t.equal((await operator.add(id, '--port', await freePort())).status, 0)
  for (const id of ['node1', 'node2']) t.equal((await operator.run('remove-node', id)).status, 0)
  t.same(await operator.voters(), ['node3', 'node7', 'node8'])

  const back = operator.startAgain('node3')
  const hasSaid = async () => {
    const logs = await Promise.all(['node7.log', 'node8.log'].map((name) => readFile(folder(name), 'utf8')))
    return logs.some((log) => /no understanding with node3: node3 knows no member node[78]/.test(log))
  }
  await until('the word that node3 is estranged', hasSaid)
  await back.kill()

  t.equal((await operator.run('remove-node', 'node3')).status, 0)
  await rm(folder('node3'), { recursive: true })
  const added = await operator.add('node3', '--port', await freePort())
  t.equal(added.status, 0, added.stderr)
  t.same(await operator.voters(), ['node3', 'node7', 'node8'])
  t.equal(await client.call('kv', 'get', ['greeting']), 'hello')
})
