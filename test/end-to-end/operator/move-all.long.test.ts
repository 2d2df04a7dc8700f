/** All members come back at other addresses at once. */
import t from 'tap'
import { connect } from '../../../api.js'
import { freePort, Operator } from '../../harness/operator.js'
import { until } from '../../harness/until.js'

const operator = await Operator.start(t, 3)
const { cluster, client } = operator

t.test('bug: all members came back at new addresses, and never found each other', async (t) => {
  const begun = Number(await client.call('counter', 'value', []))
  await Promise.all(
    cluster.ids.map((id) => {
      cluster.process(id).signal('SIGTERM')
      return cluster.process(id).ended
    }),
  )
  const places = await Promise.all(cluster.ids.map(async (id) => [id, await freePort()] as const))
  const members = places.map(([id, port]) => `${id}@localhost:${port}`)
  for (const [id, port] of places) operator.startAgain(id, '--port', port, '--members', members.join(','))
  const moved = await connect({ nameserver: cluster.nameserver, members, timeoutMs: 60_000 })
  t.teardown(() => moved.close())
  t.equal(await moved.call('counter', 'increment', []), begun + 1)
  const known = async () => (await moved.status()).flatMap((view) => (view.reachable ? [view.members] : []))
  const isKnown = (all: readonly (readonly { uri: string }[])[]) =>
    all.length === 3 && all.every((each) => each.every(({ uri }) => members.includes(uri)))
  await until('every member knows the new addresses', async () => isKnown(await known()))
})
