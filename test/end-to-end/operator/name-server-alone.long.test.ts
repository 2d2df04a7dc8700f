/** What members and clients find who know a name server, and no other place. */
import t from 'tap'
import { connect, type Rollcall } from '../../../api.js'
import { freePort, Operator } from '../../harness/operator.js'
import { freePorts, Running, temporaryFolder } from '../../harness/processes.js'
import { until } from '../../harness/until.js'

t.setTimeout(240_000)

const COUNTER = ['counter', 'increment', []] as const

async function nameServerAlone(nameserver: string): Promise<Rollcall> {
  const client = await connect({ nameserver, timeoutMs: 120_000 })
  t.teardown(() => client.close())
  return client
}

t.test('all members come back at new addresses, and find each other by the name server alone', async (t) => {
  const operator = await Operator.start(t, 3)
  const { cluster, client } = operator
  const begun = Number(await client.call(...COUNTER))
  await cluster.kill(...cluster.ids)
  for (const id of cluster.ids) operator.startAgain(id, '--port', await freePort())
  // What the name server has of each is renewed once the lease of its former place has ended.
  const moved = await nameServerAlone(cluster.nameserver)
  t.equal(await moved.call(...COUNTER), begun + 1)
  await until('all members at new addresses', async () => {
    const views = await moved.status()
    return views.length === 3 && views.every((view) => view.reachable && !cluster.members.includes(view.uri))
  })
})

t.test(
  'two clusters of one name at one name server: each keeps its members, and a client its cluster',
  async (t) => {
    const operator = await Operator.start(t, 3)
    const { cluster, client } = operator
    const folder = temporaryFolder(t)
    const ports = await freePorts(3)
    const members = ports.map((port, at) => `node${at + 1}@localhost:${port}`)
    const places = ['--nameserver', cluster.nameserver, '--members', members.join(',')]
    const namesakes = members.map((_, at) => new Running(['node', `node${at + 1}`, ...places], folder))
    t.teardown(() => Promise.all(namesakes.map((each) => each.kill())))
    const other = await connect({ members, timeoutMs: 60_000 })
    t.teardown(() => other.close())
    await other.call('counter', 'increment', [100])

    const byName = await nameServerAlone(cluster.nameserver)
    const begun = Number(await byName.call(...COUNTER))
    t.equal(await client.call('counter', 'value', []), begun, 'whoever was first has the name')
    const leader = await cluster.leader(client)
    await cluster.kill(leader)
    t.equal(await byName.call(...COUNTER), begun + 1)
    operator.startAgain(leader, '--port', await freePort())
    await operator.until(
      (all) =>
        all.length === 3 && all.every((each) => each.members.every(({ uri }) => !members.includes(uri))),
    )
    await cluster.everyone(client)
    t.equal(await byName.call(...COUNTER), begun + 2)
    t.equal(await other.call('counter', 'value', []), 100)
    for (const view of await other.status())
      t.match(view, { reachable: true, members: members.map((uri) => ({ uri })) })
  },
)
