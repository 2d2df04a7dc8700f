/** Events of members in one process, over real TCP: plain JSON-RPC calls of watch.next, and the client's watch. */
import t from 'tap'
import { connectWith } from '../../../lib/client/connect.js'
import type { Rollcall } from '../../../lib/client/rollcall.js'
import type { WatchEvent } from '../../../lib/client/watch.js'
import { commandContext } from '../../../lib/replica/objects/context.js'
import { EVENTS_MAX } from '../../../lib/replica/machine/events.js'
import { Connection } from '../../../lib/rpc/channels/connection.js'
import { CompactedError } from '../../../lib/rpc/errors.js'
import { systemClock } from '../../../lib/system/clock.js'
import { systemRandom } from '../../../lib/system/random.js'
import { createTransport } from '../../../lib/system/transport.js'
import { KeyValue } from '../../../lib/shipped/kv.js'
import { silent, startMembers, stopMembers } from '../members.js'
import type { TestMember } from '../members.js'

/** Emits as many events as it is told. */
class Crier {
  static commands = ['cry']
  cry(times: number): void {
    for (let time = 1; time <= times; time++) commandContext().emit(`t${time}`, time)
  }
}

const classes = new Map<string, new () => object>([
  ['kv', KeyValue],
  ['crier', Crier],
])
const ports = { transport: createTransport(), clock: systemClock, random: systemRandom, logger: silent }

interface Kv {
  set(key: string, value: number): unknown
  delete(key: string): boolean
}

interface Scene {
  readonly members: readonly TestMember[]
  readonly client: Rollcall
  readonly kv: { set(key: string, value: number): Promise<unknown>; delete(key: string): Promise<boolean> }
  readonly at: (member: TestMember) => Connection
}

async function withCluster(count: number, task: (scene: Scene) => Promise<unknown>): Promise<void> {
  const members = await startMembers(count, classes)
  const uris = members.map(({ port }, i) => `m${i + 1}@127.0.0.1:${port}`)
  // Nobody listens on port 1: the client finds everything by the members.
  const client = await connectWith(ports, { nameserver: '127.0.0.1:1', members: uris, cluster: 'test' })
  const connections: Connection[] = []
  const at = ({ port }: TestMember): Connection => {
    const connection = new Connection({ ...ports, address: { kind: 'tcp', host: '127.0.0.1', port } })
    connections.push(connection)
    return connection
  }
  try {
    await task({ members, client, kv: client.object<Kv>('kv'), at })
  } finally {
    client.close()
    for (const connection of connections) connection.close()
    await stopMembers(members)
  }
}

/** A member that knows no leader yet lets nobody wait for long: whoever is told nothing asks again. */
async function nextOf(member: Connection, topic: string, from = 0): Promise<object> {
  const answer = Object(await member.call('watch.next', ['kv', from, { topic }])) as {
    readonly events: readonly object[]
    readonly next: number
  }
  return answer.events.length > 0 ? answer : nextOf(member, topic, answer.next)
}

void t.test('every member gives out the same events, and a call waits at each of them', (t) =>
  withCluster(3, async ({ members, kv, at }) => {
    const everywhere = members.map((member) => nextOf(at(member), 'a'))
    await kv.set('b', 1)
    await kv.set('a', 2)
    const answers = await Promise.all(everywhere)
    for (const answer of answers) t.match(answer, { events: [{ topic: 'a', data: { value: 2 } }] })
    t.same(answers[0], answers[1])
    t.same(answers[0], answers[2])
  }),
)

void t.test('a command that is refused tells nobody', (t) =>
  withCluster(1, async ({ members: [member], kv, client, at }) => {
    if (member === undefined) throw new Error('no member')
    await t.rejects(client.call('crier', 'cry', [1001]), /at most 1000 events/)
    t.equal(await kv.delete('nothing'), false)
    t.match(await at(member).call('watch.next', ['crier', 0, { waitMs: 0 }]), { events: [] })
    t.match(await at(member).call('watch.next', ['kv', 0, { waitMs: 0 }]), { events: [] })
  }),
)

void t.test('a client goes on at another member when one stops: none missed, none twice', (t) =>
  withCluster(3, async ({ members, client, kv }) => {
    const watch = client.watch('kv')
    await watch.begin()
    const keys = Array.from({ length: 30 }, (_, n) => `k${n}`)
    const seen: WatchEvent[] = []
    const reading = (async () => {
      for await (const event of watch) if (seen.push(event) && event.topic === keys.at(-1)) return
    })()
    for (const [n, key] of keys.entries()) {
      // A call on its way when the leader stops has an unknown outcome: sent again, it may be there twice.
      await kv.set(key, n).catch(() => kv.set(key, n))
      if (n === 15) await stopMembers(members.filter(({ replica }) => replica.isServing))
    }
    await reading
    t.same([...new Set(seen.map(({ topic }) => topic))], keys)
    t.ok(seen.every(({ index }, at) => index > (seen[at - 1]?.index ?? 0)))
  }),
)

void t.test(
  'a cursor older than the history is COMPACTED, and the client is told from where it may go on',
  (t) =>
    withCluster(1, async ({ client }) => {
      for (let commands = 0; commands <= EVENTS_MAX / 1000; commands++)
        await client.call('crier', 'cry', [1000])
      const error: unknown = await client
        .watch('crier', { from: 0 })
        .next()
        .catch((refusal: unknown) => refusal)
      if (!(error instanceof CompactedError)) throw new Error(`it came to ${String(error)}`)
      const { oldest } = Object(error.data) as { oldest: number }
      t.match(await client.watch('crier', { from: oldest }).next(), { value: { topic: 't1', data: 1 } })
    }),
)

void t.test('all thousand events of a command come, in order', (t) =>
  withCluster(1, async ({ client }) => {
    const watch = client.watch('crier')
    await watch.begin()
    await client.call('crier', 'cry', [1000])
    for (let time = 1; time <= 1000; time++) {
      const { value } = await watch.next()
      if (value?.data !== time) t.equal(value?.data, time)
    }
  }),
)

void t.test('closing the client ends its watches', (t) =>
  withCluster(1, async ({ client }) => {
    const [watch, leaders] = [client.watch('kv'), client.watchLeader()]
    await watch.begin()
    await leaders.next()
    const waiting = [watch.next(), leaders.next()]
    client.close()
    for (const each of waiting) t.match(await each, { done: true })
  }),
)

void t.test('while no name server answers the members tell who leads', (t) =>
  withCluster(3, async ({ members, client }) => {
    const leaders = client.watchLeader()
    const next = async (): Promise<string> => (await leaders.next()).value ?? next()
    const uri = await next()
    const [leader] = members.filter(({ replica }) => replica.status().uri === uri)
    t.equal(leader?.replica.status().role, 'leader')
    await stopMembers(members.filter((member) => member === leader))
    t.not(await next(), uri)
  }),
)

void t.test('a watch of what is not there says so', (t) =>
  withCluster(1, async ({ client }) => {
    await t.rejects(client.watch('nobody').next(), /no replicated object "nobody"/)
  }),
)
