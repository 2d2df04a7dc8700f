/** Several name servers that are one: a Raft group like any other. */
import t from 'tap'
import { InvalidParamsError, UnauthorizedError } from '../../lib/rpc/errors.js'
import { startNameServer } from '../../nameserver/server.js'
import { GroupScene } from './group-scene.js'
import { until } from './scene.js'

t.test('three have one set of names, whichever is asked, and any one may be lost', async (t) => {
  const scene = await GroupScene.start(t)
  const { nameserver } = await scene.client()
  await nameserver.register('first', 'a@localhost:1')
  for (const place of scene.places) {
    const { nameserver: alone } = await scene.client({ nameserver: place })
    t.equal(await alone.lookup('first'), 'a@localhost:1')
    await alone.register(place, 'b@localhost:2')
  }
  const lost = await scene.leader()
  await scene.close(lost)
  t.equal(await nameserver.lookup('first'), 'a@localhost:1')
  await nameserver.register('second', 'c@localhost:3')
  await scene.open(lost)
  await scene.close(await scene.leader())
  t.same(
    (await nameserver.list()).map(({ name }) => name),
    ['first', ...scene.places, 'second'],
  )
})

t.test(
  'who is in its group, and what it holds, is for operators, also where it asks nobody else',
  async (t) => {
    const scene = await GroupScene.prepare(t, 1)
    const [id = ''] = scene.ids
    await scene.open(id, {})
    const member = `nameserver1@localhost:${scene.portOf(id)}`
    const stranger = await scene.client({ operatorToken: undefined })
    await stranger.nameserver.register('kept', 'a@localhost:1')
    for (const [method, ...params] of [
      ['addMember', 'ns2', 'ns2@localhost:1'],
      ['removeMember', 'nameserver1'],
      ['transferLeadership', 'nameserver1'],
      ['backup'],
    ] as const)
      await t.rejects(stranger.call(member, method, params), UnauthorizedError, method)
  },
)

t.test('one that was alone becomes three, and is replaced itself', async (t) => {
  const scene = await GroupScene.prepare(t, 4)
  const [first = '', ...others] = scene.ids
  await scene.open(first, {})
  const begun = `nameserver1@localhost:${scene.portOf(first)}`
  const { nameserver } = await scene.client()
  await nameserver.register('kept', 'a@localhost:1')
  const operator = await scene.client({
    members: [begun],
    nameserver: undefined,
    cluster: 'rollcall.nameserver',
  })
  for (const id of others) {
    await scene.open(id, { id, join: [begun] })
    await operator.callLeader('addMember', [id, scene.uriOf(id)])
  }
  await operator.callLeader('removeMember', ['nameserver1'])
  await scene.close(first)
  t.equal(await nameserver.lookup('kept'), 'a@localhost:1')
  await nameserver.register('later', 'b@localhost:2')
  const next = await scene.operator()
  await until(async () => {
    const ids = (await next.status()).map(({ id }) => id)
    return ids.join() === others.join() || undefined
  })
})

t.test('a process that keeps its names is heard by whoever leads', async (t) => {
  const scene = await GroupScene.start(t)
  const { nameserver } = await scene.client()
  const lease = 'of this test'
  await nameserver.register('kept', 'a@localhost:1', { ttlMs: 60_000, lease })
  await scene.close(await scene.leader())
  t.equal(await nameserver.renew(lease), 1)
})

t.test('who was told of one alone goes on without it', async (t) => {
  const scene = await GroupScene.start(t)
  const [first = ''] = scene.ids
  const client = await scene.client({ nameserver: scene.places[0] ?? '' })
  await client.nameserver.register('greeter', 'a@localhost:1')
  await scene.close(first)
  t.equal(await client.nameserver.lookup('greeter'), 'a@localhost:1')
  t.same(await client.resolve('greeter'), ['a@localhost:1'])
  await client.nameserver.register('later', 'b@localhost:2')
})

t.test('of several each has an id', async (t) => {
  await t.rejects(startNameServer({ members: ['ns1@localhost:1'] }), InvalidParamsError)
})

t.test('a name server whose heartbeats come too late for the others does not start', (t) =>
  t.rejects(startNameServer({ heartbeat: 200, data: '/dev/null/names' }), {
    message: /heartbeat must be below electionTimeout\.min/,
  }),
)
