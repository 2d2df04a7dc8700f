/** connect() against daemons in this process that speak the contract's methods. */
import t from 'tap'
import { connect } from '../../../lib/system/connect.js'
import type { ConnectOptions, Rollcall } from '../../../lib/client/rollcall.js'
import type { KvApi } from '../../../lib/shipped/index.js'
import type { Json } from '../../../lib/json.js'
import { NameNotFoundError, NoQuorumError, NotLeaderError } from '../../../lib/rpc/errors.js'
import { Daemon } from '../../../lib/rpc/channels/daemon.js'
import type { Handler, MethodKind } from '../../../lib/rpc/exposed.js'
import { formatAddress, uri } from '../../../lib/rpc/uri.js'
import { systemClock } from '../../../lib/system/clock.js'
import { createTransport } from '../../../lib/system/transport.js'

interface TestCase {
  teardown(task: () => unknown): void
}

const silent = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent }

async function listening(t: TestCase): Promise<{ daemon: Daemon; place: string }> {
  const daemon = new Daemon({ transport: createTransport(), clock: systemClock, logger: silent })
  t.teardown(() => daemon.close())
  const place = formatAddress(await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 }))
  return { daemon, place }
}

function serve(
  daemon: Daemon,
  objectId: string,
  methods: Record<string, Handler>,
  kind: MethodKind = 'plain',
): void {
  const exposed = Object.entries(methods).map(([name, handler]) => [name, { kind, handler }] as const)
  daemon.host.register(objectId, { methods: new Map(exposed) })
}

/** Three members of which one, `leads`, holds the object `kv`; the others refuse and say who leads. */
async function cluster(t: TestCase): Promise<{ members: readonly string[]; leads: { index: number } }> {
  const daemons = await Promise.all([1, 2, 3].map(() => listening(t)))
  const members = daemons.map(({ place }, i) => `node${i + 1}@${place}`)
  const leads = { index: 1 }
  const summaries = members.map((member, i) => ({ id: `node${i + 1}`, uri: member, voter: true }))
  const indexes = { commitIndex: 1, lastApplied: 1, lastIndex: 1, snapshotIndex: 0 }
  daemons.forEach(({ daemon }, i) => {
    const status = (): Json => ({
      ...{
        id: `node${i + 1}`,
        uri: members[i] ?? '',
        cluster: 'rollcall',
        clusterId: 'c',
        term: 3,
        ...indexes,
      },
      role: i === leads.index ? 'leader' : 'follower',
      leader: { id: `node${leads.index + 1}`, uri: members[leads.index] ?? '' },
      members: summaries,
    })
    serve(daemon, `node${i + 1}`, { status })
    const get: Handler = ([key]) => {
      if (i === leads.index) return `${typeof key === 'string' ? key : '?'} at node${i + 1}`
      throw new NotLeaderError({
        leader: uri(members[leads.index] ?? ''),
        term: 3,
        members: members.map(uri),
      })
    }
    serve(daemon, 'kv', { get }, 'query')
  })
  return { members, leads }
}

async function client(t: TestCase, options: ConnectOptions): Promise<Rollcall> {
  const rollcall = await connect({ timeoutMs: 5000, ...options })
  t.teardown(() => rollcall.close())
  return rollcall
}

const NOBODY = '127.0.0.1:1'

t.test('a name leads to the URI that the name server has for it', async (t) => {
  const { members } = await cluster(t)
  const { daemon, place } = await listening(t)
  const asked: Json[] = []
  const lookup: Handler = ([name = null]) => {
    asked.push(name)
    return `kv@${members[1]?.split('@')[1]}`
  }
  serve(daemon, 'nameserver', { lookup })
  const rollcall = await client(t, { nameserver: [NOBODY, place], members: [] })
  t.equal(await rollcall.object<KvApi>('kv').get('x'), 'x at node2')
  t.same(asked, ['kv'])
})

t.test('while no name server answers, the members lead to the leader', async (t) => {
  const { members } = await cluster(t)
  const rollcall = await client(t, { nameserver: NOBODY, members: members.slice(0, 1) })
  t.equal(await rollcall.object<KvApi>('kv').get('x'), 'x at node2')
  t.equal(await rollcall.leader(), members[1])
})

t.test('calls follow the leader when it changes', async (t) => {
  const { members, leads } = await cluster(t)
  const rollcall = await client(t, { nameserver: NOBODY, members })
  t.equal(await rollcall.object<KvApi>('kv').get('x'), 'x at node2')
  leads.index = 2
  t.equal(await rollcall.object<KvApi>('kv').get('x'), 'x at node3')
})

t.test('a member is reached by its name, and any object by its URI', async (t) => {
  const { members } = await cluster(t)
  const rollcall = await client(t, { nameserver: NOBODY, members })
  t.match(await rollcall.call('node3', 'status', []), { id: 'node3' })
  t.match(await rollcall.call(members[0] ?? '', 'status', []), { id: 'node1' })
})

t.test('a name that nobody knows is refused', async (t) => {
  const { members } = await cluster(t)
  const rollcall = await client(t, { nameserver: NOBODY, members, timeoutMs: 1500 })
  await t.rejects(rollcall.call('nonsense', 'get', []), NameNotFoundError)
})

t.test('a misspelt name is refused at once when the name server and the members have answered', async (t) => {
  const { members } = await cluster(t)
  const { daemon, place } = await listening(t)
  let lookups = 0
  const lookup: Handler = ([name]) => {
    if (name === 'kvv') lookups++
    throw new NameNotFoundError('nobody has registered it')
  }
  serve(daemon, 'nameserver', { lookup })
  const rollcall = await client(t, { nameserver: place, members })
  const waits: string[] = []
  const call = rollcall.call('kvv', 'get', [], { onWaiting: (why) => waits.push(why) })
  await t.rejects(call, { name: 'NameNotFoundError', outcome: 'not-executed', message: /"kvv"/ })
  t.same(waits, [])
  t.equal(lookups, 1)
})

t.test('a name that a name server may know which can not answer yet is waited for', async (t) => {
  const { members } = await cluster(t)
  const { daemon, place } = await listening(t)
  const other = await listening(t)
  serve(other.daemon, 'mine', { get: () => 'found' })
  let lookups = 0
  const lookup: Handler = () => {
    if (++lookups < 3) throw new NoQuorumError('it is starting')
    return `mine@${other.place}`
  }
  serve(daemon, 'nameserver', { lookup })
  const rollcall = await client(t, { nameserver: place, members })
  t.equal(await rollcall.call('mine', 'get', []), 'found')
})

t.test('status asks every member of the configuration, and tells who does not answer', async (t) => {
  const { members } = await cluster(t)
  const rollcall = await client(t, {
    nameserver: NOBODY,
    members: [...members.slice(0, 1), `node9@${NOBODY}`],
  })
  const views = await rollcall.status()
  t.same(
    views.map((view) => [view.id, view.reachable]),
    [
      ['node1', true],
      ['node2', true],
      ['node3', true],
    ],
  )
  const lonely = await client(t, { nameserver: NOBODY, members: [`node9@${NOBODY}`] })
  t.match(await lonely.status(), [{ id: 'node9', reachable: false }])
  t.equal(await lonely.leader(), null)
})

t.test('members of another cluster do not count', async (t) => {
  const { members } = await cluster(t)
  const rollcall = await client(t, { nameserver: NOBODY, members, cluster: 'other' })
  t.ok((await rollcall.status()).every((view) => !view.reachable))
})

t.test(
  'the name server is asked for a name once, and again only when a call finds that it has moved',
  async (t) => {
    const { members, leads } = await cluster(t)
    const at = (index: number): string => `kv@${(members[index] ?? '').slice('node1@'.length)}`
    let lookups = 0
    const { daemon, place } = await listening(t)
    serve(daemon, 'nameserver', { lookup: () => (lookups++, at(leads.index)) })
    const rollcall = await client(t, { nameserver: place, members })
    const kv = rollcall.object<KvApi>('kv')
    await Promise.all([kv.get('a'), kv.get('b')])
    await kv.get('c')
    t.equal(lookups, 1)
    leads.index = 2
    t.equal(await kv.get('d'), 'd at node3')
    t.equal(await kv.get('e'), 'e at node3')
    t.equal(lookups, 2)
  },
)

t.test('a record that leads to nobody is not believed again: the members are asked', async (t) => {
  const { members } = await cluster(t)
  const dead = await listening(t)
  await dead.daemon.close()
  const { daemon, place } = await listening(t)
  serve(daemon, 'nameserver', { lookup: () => `kv@${dead.place}` })
  const rollcall = await client(t, { nameserver: place, members })
  t.equal(await rollcall.object<KvApi>('kv').get('a'), 'a at node2')
})
