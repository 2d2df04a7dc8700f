/** Members that were started with different --members: nobody founds a cluster, and it is said why, and what helps. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { connect } from '../../../api.js'
import { freePorts, Running, temporaryFolder } from '../../harness/processes.js'

t.setTimeout(120_000)

t.test('bug: members with lists of their own served, each with a majority of its own', async (t) => {
  const folder = temporaryFolder(t)
  const places = (await freePorts(3)).map((port, i) => `node${i + 1}@localhost:${port}`)
  const [two, three] = [places.slice(0, 2).join(','), places.join(',')]
  const start = (id: string, members: string): Running => {
    const running = new Running(['node', id, '--members', members], folder)
    t.teardown(() => running.kill())
    return running
  }
  const node1 = start('node1', two)
  const node2 = start('node2', three)
  const refusal =
    /no understanding with node2: .*node1 was started for the members node1, node2, and node2 for node1, node2, node3: .*/
  await node1.says(refusal)
  await node2.says(
    /no understanding with node1: node1 was started for the members node1, node2, and node2 for/,
  )
  const doctor = await new Running(['doctor', '--members', three], folder).ended
  t.match(doctor.stdout, /has no understanding with node[12] → node1 was started for the members/)
  t.match(
    node1.stderr,
    /Stop who was given the wrong ones, delete its data folder, and start it with the right ones/,
  )
  await node1.kill()
  rmSync(join(folder, '.rollcall', 'node1'), { recursive: true })
  start('node1', three)
  const client = await connect({ members: places, timeoutMs: 20_000 })
  t.teardown(() => client.close())
  t.equal(await client.call('kv', 'set', ['a', 1]), null)
})
