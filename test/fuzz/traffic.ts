/**
 * Real traffic: what a cluster, its clients and its name server say to each other while everything is used once,
 * recorded on the way, and the files that it leaves on the members' disks. Made anew for each process that asks.
 */
import type { Acceptor, ChannelHandlers, DialledChannel, Transport } from '../../lib/ports.js'
import type { Json } from '../../lib/json.js'
import { Caller } from '../../lib/rpc/calling/caller.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import type { ConnectionOptions } from '../../lib/rpc/channels/connection-options.js'
import { formatUri } from '../../lib/rpc/uri.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import { silent } from '../replica/members.js'
import { FuzzedCluster } from './cluster.js'
import type { Member } from './cluster.js'

export interface Traffic {
  /** By method, the requests of that method: at most {@link KEPT} each, of which none is like another in its length. */
  readonly requests: ReadonlyMap<string, readonly string[]>
  /** By the method that they answer, likewise. */
  readonly responses: ReadonlyMap<string, readonly string[]>
  /** The data folders, by member: names and contents. */
  readonly folders: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>
}

const KEPT = 4

/**
 * Recorded once in a process. On a machine that is busy with other things a leader may lose its office meanwhile: then
 * anew.
 */
export function traffic(): Promise<Traffic> {
  return (recorded ??= record().catch(record).catch(record))
}

let recorded: Promise<Traffic> | undefined

/** All that was recorded of some kind, in an order that does not depend on chance. */
export function all(kind: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...kind].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([, texts]) => texts)
}

async function record(): Promise<Traffic> {
  const tape = new Tape()
  const transport = tape.recording(createTransport())
  const cluster = await FuzzedCluster.start(3, { transport, snapshotEvery: 60 })
  try {
    await useEverything(cluster, await cluster.leader(), transport)
  } finally {
    await cluster.stop()
  }
  return { requests: tape.requests, responses: tape.responses, folders: await foldersOf(cluster.members) }
}

async function useEverything(cluster: FuzzedCluster, leader: Member, transport: Transport): Promise<void> {
  const ports = { transport, clock: systemClock, random: systemRandom, logger: silent }
  const address = { kind: 'tcp', host: '127.0.0.1', port: leader.port } as const
  const connection = new Connection({ address, ...ports })
  const resolve = (name: string) => Promise.resolve(formatUri(name, address))
  const caller = new Caller({ ...ports, resolve, forget: () => undefined })
  try {
    await callObjects((method, params) => connection.call(method, params))
    for (let n = 0; n < 200; n++)
      await caller.call({ name: 'kv' }, 'set', [`key ${n % 30}`, { n, text: 'é' }])
    await caller.call({ name: 'counter' }, 'increment', [2])
    await callRegistry((method, params) => caller.call({ name: 'nameserver' }, method, params))
    await callMember(leader.id, (method, params) => connection.call(method, params))
    const own = { uri: formatUri(leader.id, address) }
    await caller.call(own, 'addMember', ['n4', await cluster.startLearner('n4')])
    await caller.call(own, 'removeMember', ['n4'])
    await callFollower(cluster, ports)
    await caller.call(own, 'transferLeadership', [])
    connection.notify('counter.increment', [1])
  } finally {
    caller.close()
    connection.close('flushed')
  }
}

async function callFollower(
  { members }: FuzzedCluster,
  ports: Omit<ConnectionOptions, 'address'>,
): Promise<void> {
  const follower = members.find(({ replica }) => replica.status().role === 'follower')
  const address = { kind: 'tcp', host: '127.0.0.1', port: follower?.port ?? 0 } as const
  const connection = new Connection({ address, ...ports })
  try {
    const refused = connection.call('kv.set', ['x', 1])
    await refused.then(
      () => Promise.reject(new Error('it leads')),
      () => undefined,
    )
    for (const consistency of ['follower', 'stale'] as const)
      await connection.call('kv.get', ['x'], { meta: { consistency, timeoutMs: 5000 } })
  } finally {
    connection.close()
  }
}

type Call = (method: string, params: readonly Json[]) => Promise<unknown>

async function callObjects(call: Call): Promise<void> {
  await call('log.append', ['hello'])
  await call('log.entry', [1])
  await call('log.entries', [1, 10])
  await call('log.length', [])
  await call('kv.set', ['x', { a: [1, 'b', null] }])
  await call('kv.cas', ['x', { a: [1, 'b', null] }, 2])
  await call('kv.get', ['x'])
  await call('kv.keys', [''])
  await call('kv.delete', ['x'])
  await call('counter.increment', [])
  await call('counter.value', [])
  const { history } = Object(await call('watch.next', ['kv', 0, { prefix: '', waitMs: 0 }])) as {
    history: string
  }
  await call('watch.next', ['kv', 0, { history, topic: 'x', waitMs: 0 }])
  await call('daemon.describe', ['kv']).catch(() => null)
  await call('daemon.objects', [])
  const { session } = Object(await call('session.open', [])) as { session: string }
  await call('session.keepAlive', [session])
  await call('session.close', [session])
}

async function callRegistry(call: Call): Promise<void> {
  const options = { safe: true, metadata: ['a', 'b'], ttlMs: 60_000, fence: { clusterId: 'c', term: 3 } }
  await call('register', ['a.name', 'x@localhost:1', options])
  await call('register', ['b', 'x@[::1]:1'])
  const kept = { shared: true, ttlMs: 60_000, lease: 'mine' }
  await call('register', ['c', 'x@localhost:1', kept])
  await call('register', ['c', 'x@localhost:2', { ...kept, metadata: ['d'] }])
  await call('renew', ['mine'])
  await call('unregister', ['c', 'x@localhost:1'])
  await call('lookup', ['a.name'])
  await call('lookup', ['c', { record: true }])
  await call('list', [{ prefix: 'a', regex: 'a(\\.|x)*[a-z]+', all: ['a'], any: ['b'] }])
  await call('assign', ['a key', { tag: 'a' }])
  await call('remove', ['b'])
  await call('ping', [])
}

async function callMember(id: string, call: Call): Promise<void> {
  await call(`${id}.status`, [])
  await call(`${id}.isLeader`, [])
  await call(`${id}.entries`, [1, 1]).catch(() => null)
}

async function foldersOf(
  members: readonly Member[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>> {
  const folders = new Map<string, ReadonlyMap<string, Uint8Array>>()
  for (const { id, disk } of members) {
    const files = (await disk.list()).map((name) => [name, disk.contents(name)] as const)
    folders.set(id, new Map(files))
  }
  return folders
}

/** Hears both directions at the side that dials. */
class Tape {
  readonly requests = new Map<string, string[]>()
  readonly responses = new Map<string, string[]>()

  recording(transport: Transport): Transport {
    return {
      listen: (address, acceptor: Acceptor) => transport.listen(address, acceptor),
      dial: (address, handlers) => {
        const methods = new Map<unknown, string>()
        const heard = (text: string) => {
          this.#response(text, methods)
          handlers.message(text)
        }
        return this.#sending(transport.dial(address, withMessage(handlers, heard)), methods)
      },
    }
  }

  #sending(channel: DialledChannel, methods: Map<unknown, string>): DialledChannel {
    const send = (text: string) => {
      const { id, method } = Object(JSON.parse(text)) as { id?: unknown; method: string }
      methods.set(id, method)
      keep(this.requests, method, text)
      channel.send(text)
    }
    return new Proxy(channel, {
      get: (target, name) => {
        if (name === 'send') return send
        // Members then say in JSON what they would say in frames.
        if (name === 'sendFrame') return undefined
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

  #response(text: string, methods: ReadonlyMap<unknown, string>): void {
    const { id } = Object(JSON.parse(text)) as { id?: unknown }
    keep(this.responses, methods.get(id) ?? 'nothing', text)
  }
}

function withMessage<T extends ChannelHandlers>(handlers: T, message: (text: string) => void): T {
  return new Proxy(handlers, {
    get: (target, name) => {
      if (name === 'message') return message
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** Members' own objects have other names from run to run: `n1.hello` and `n2.hello` are kept as one. */
function keep(kept: Map<string, string[]>, method: string, text: string): void {
  const kind = method.replace(/^n\d\./, 'member.')
  const texts = kept.get(kind) ?? []
  kept.set(kind, texts)
  const isNew = texts.every((other) => Math.abs(other.length - text.length) > 40)
  if (texts.length < KEPT && isNew) texts.push(text)
}
