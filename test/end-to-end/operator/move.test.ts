/** A member comes back at another address: members, name server and clients learn of it. */
import t from 'tap'
import { freePort, Operator } from '../../harness/operator.js'
import { until } from '../../harness/until.js'

const operator = await Operator.start(t, 3)
const { cluster, client } = operator

t.test(
  'a member that moves to the address of another can not start, and the cluster keeps both',
  async (t) => {
    const [first = '', second = ''] = cluster.members
    await cluster.kill('node1')
    const lost = await operator.startAgain('node1', '--port', second.slice(second.lastIndexOf(':') + 1)).ended
    t.equal(lost.status, 1)
    t.match(lost.stderr, /^error: EADDRINUSE: .*taken by another process/m)
    const { members } = (await operator.until((all) => all.some(({ role }) => role === 'leader')))[0] ?? {}
    t.same(
      members?.map(({ uri }) => uri),
      [...cluster.members],
      `${first} stays where it was`,
    )
    t.equal(await client.call('counter', 'increment', []), 1)
    cluster.startNode('node1')
    await cluster.everyone(client)
  },
)

t.test('every member moves, and a client that knew the old addresses goes on', async (t) => {
  const begun = Number(await client.call('counter', 'value', []))
  const places = new Map<string, string>()
  for (const id of cluster.ids) {
    cluster.process(id).signal('SIGTERM')
    await cluster.process(id).ended
    const port = await freePort()
    const uri = `${id}@localhost:${port}`
    places.set(id, uri)
    operator.startAgain(id, '--port', port)
    await operator.until(
      (all) => all.length === 3 && all.every(({ members }) => members.some((m) => m.uri === uri)),
    )
  }
  const sorted = [...places.values()].sort()
  for (const { members } of await operator.until((all) => all.length === 3))
    t.same(members.map(({ uri }) => uri).sort(), sorted)
  t.equal(await client.call('counter', 'increment', []), begun + 1)
  const lookup = (name: string) => client.nameserver.lookup(name)
  for (const [id, uri] of places)
    await until(`the new place of ${id}`, async () => (await lookup(id)) === uri)
  await until('the new place of the leader', async () => sorted.includes(await lookup('rollcall.leader')))

  // It comes back without a flag to where the cluster knows it.
  const [first = ''] = cluster.ids
  await cluster.kill(first)
  await operator.startAgain(first).says(new RegExp(`ready: ${places.get(first)}`))
  t.equal(await client.call('counter', 'increment', []), begun + 2)
})
