/** The balancer's port: lines and HTTP as at any other, its pages, and what goes through it by plain HTTP. */
import fc from 'fast-check'
import { startBalancer } from '../../balancer/start-balancer.js'
import { SHIPPED_NAMES } from '../../lib/shipped/index.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import { silent } from '../replica/members.js'
import { CLUSTER, FuzzedCluster, WITNESS } from './cluster.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'
import { briefRequests, http, lines, talk } from './wire-targets.js'

export const balancerTargets: readonly Target[] = [
  {
    name: 'whatever lines come to the balancer, it closes their connection in order and serves the next one',
    runs: 60,
    open: async () => balancerScene(lines(await briefRequests()), talksInOrder),
  },
  {
    name: 'whatever HTTP comes to the balancer, it closes its connection in order and serves the next one',
    runs: 60,
    open: async () => balancerScene(http(await briefRequests(), HEADS), talksInOrder),
  },
  {
    name: 'whatever key and value go through the balancer as plain HTTP, they come back as they were, or are refused',
    runs: 200,
    open: () => balancerScene(pairs, comesBack),
  },
]

const HEADS: readonly string[] = [
  'GET /kv/get?key=a HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /log/entries?args=%5B1%2C2%5D HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n',
  'GET /kv/set?key=a&value=1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'HEAD /counter/value HTTP/1.0\r\nHost: localhost\r\n\r\n',
  'POST /kv/set HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n["a",[1]]',
]

interface Door {
  readonly port: number
  /** Calls of the witness that have been made. */
  count: number
}

async function balancerScene<T>(
  input: fc.Arbitrary<T>,
  check: (door: Door, input: T) => Promise<void>,
): Promise<Scene> {
  const cluster = await FuzzedCluster.start(1, { transport: createTransport() })
  const { id, port } = await cluster.leader()
  const balancer = await startBalancer({
    host: '127.0.0.1',
    port: 0,
    cluster: CLUSTER,
    members: [`${id}@127.0.0.1:${port}`],
    objects: [...SHIPPED_NAMES, WITNESS],
    logger: silent,
  })
  const { address } = balancer
  const door = { port: address.kind === 'tcp' ? address.port : 0, count: 0 }
  const { property } = scene(input, (each) => check(door, each))
  const close = async (): Promise<void> => {
    await balancer.stop()
    await cluster.stop()
  }
  return { property, close }
}

async function talksInOrder(door: Door, pieces: readonly Uint8Array[]): Promise<void> {
  await talk(door.port, pieces)
  const address = { kind: 'tcp', host: '127.0.0.1', port: door.port } as const
  const ports = { transport: createTransport(), clock: systemClock, random: systemRandom, logger: silent }
  const witness = new Connection({ address, ...ports })
  const counted = await witness.call(`${WITNESS}.increment`, [])
  witness.close()
  if (counted !== ++door.count)
    throw new Error(`the witness counts ${JSON.stringify(counted)}, not ${door.count}`)
}

/** No double holds them. */
const UNHELD = ['12345678901234567890', '[1e400]', '{"a":0.12345678901234567891}']

const pairs = fc.record({
  key: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '',
      '__proto__',
      'constructor',
      '\ud800',
      '1.10',
      '12345678901234567890',
      'a&b=c%',
      'null',
    ),
  ),
  value: fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom(...UNHELD, '-0', '1.10', '"\\udfff"', '{"__proto__":[1]}', '[', ''),
  ),
})

interface Pair {
  readonly key: string
  readonly value: string
}

async function comesBack({ port }: Door, { key, value }: Pair): Promise<void> {
  const url = `http://127.0.0.1:${port}/kv`
  const body = `[${JSON.stringify(key)},${value}]`
  const headers = { 'content-type': 'application/json' }
  const set = await fetch(`${url}/set`, { method: 'POST', headers, body })
  const answer = await set.text()
  if (set.status === 400) return
  if (set.status !== 200 || UNHELD.includes(value))
    throw new Error(`${body} was answered ${set.status} ${answer}`)
  const args = encodeURIComponent(JSON.stringify([key]))
  const got = await fetch(`${url}/get?args=${args}`)
  const text = await got.text()
  // As docs/errors.md has it: -0 stands for 0, and fractions for the nearest double.
  if (text !== JSON.stringify(JSON.parse(value)))
    throw new Error(`${body} came back as ${got.status} ${text}`)
}
