/** A member that was down, or a node that waited to be added, while all the members that it knew were replaced. */
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

t.test('who was told only of those that are gone is not added, and is with a new folder', async (t) => {
  const operator = await Operator.start(t, 1)
  const { cluster } = operator
  const port = await freePort()
  const waiting = operator.startAgain('node5', '--port', port, '--join', cluster.members.join(','))
  await waiting.says(/ready/)
  t.equal((await operator.add('node7', '--port', await freePort())).status, 0)
  t.equal((await operator.run('remove-node', 'node1')).status, 0)

  const refused = await operator.add('node5', '--port', port)
  t.equal(refused.status, 1)
  t.match(
    refused.stderr,
    /^error: INVALID_PARAMS: node5@localhost:\d+ waits for .*\(node1\).*remove its data folder/,
  )
  t.same(await operator.voters(), ['node7'])
  await waiting.kill()

  await rm(join(cluster.folder, '.rollcall', 'node5'), { recursive: true })
  const added = await operator.add('node5', '--port', port)
  t.equal(added.status, 0, added.stderr)
  t.same(await operator.voters(), ['node5', 'node7'])
})
