/** A follower that is stopped, and one whose socket nobody reads, while clients write much. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Rollcall } from '../../../index.js'
import { Cluster, pause } from '../../harness/cluster.js'
import { metricOf, residentBytes } from '../../harness/metrics.js'

/** No election because the machine is busy: this is about bytes. */
const CALM = ['--election-timeout', '1000-2000', '--heartbeat', '200']

const WINDOW_BYTES = 16 * 1024 * 1024
/** Far above what a node needs, far below what is written. */
const RESIDENT_BYTES_MAX = 600 * 1024 * 1024

const text = 'x'.repeat(50_000)

/** Sixteen at a time write `count` texts. More than a log keeps behind its snapshot when it is many. */
async function write(client: Rollcall, count: number): Promise<void> {
  let next = 0
  const writer = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await client.call('kv', 'set', [`key${i % 20}`, text])
  }
  await Promise.all(Array.from({ length: 16 }, writer))
}

t.test('commits go on beside a stopped follower, which catches up when it goes on', async (t) => {
  const cluster = await Cluster.start(t, 3, CALM)
  const client = await cluster.connect(60_000)
  t.equal(await client.call('counter', 'increment', []), 1, 'the cluster is at work')
  const leader = await cluster.leader(client)
  const follower = cluster.ids.find((id) => id !== leader) ?? ''
  cluster.process(follower).signal('SIGSTOP')
  t.teardown(() => cluster.process(follower).signal('SIGCONT'))
  await write(client, 600)
  const now = await cluster.leader(client)
  const port = portOf(cluster, now)
  const waiting = await metricOf(port, 'rollcall_peer_bytes_in_flight', `peer="${follower}"`)
  t.ok((waiting ?? 0) <= WINDOW_BYTES, `${waiting} bytes wait for the one that is stopped`)
  const resident = residentBytes(cluster.process(now).pid) ?? 0
  t.ok(resident < RESIDENT_BYTES_MAX, `the leader has ${resident} bytes`)

  const commitIndex = (await metricOf(port, 'rollcall_commit_index')) ?? 0
  t.ok(commitIndex > 600)
  cluster.process(follower).signal('SIGCONT')
  while (((await metricOf(portOf(cluster, follower), 'rollcall_last_applied')) ?? 0) < commitIndex)
    await pause(50)
  const all = await client.call('kv', 'keys', [])
  t.equal(Array.isArray(all) ? all.length : 0, 20)
})

t.test('a member whose socket nobody reads costs a window, and is dialled again', async (t) => {
  const cluster = await Cluster.start(t, 4, CALM)
  const client = await cluster.connect(60_000)
  await cluster.leader(client)
  await cluster.kill('node4')
  const leader = await cluster.leader(client)
  const folder = join(cluster.folder, '.rollcall', 'node4', 'member.json')
  const { incarnation } = JSON.parse(readFileSync(folder, 'utf8')) as { incarnation: string }
  const deaf = new DeafMember({ version: 1, cluster: 'rollcall', clusterId: null, id: 'node4', incarnation })
  t.teardown(() => deaf.close())
  await deaf.listen(portOf(cluster, 'node4'))
  await write(client, 300)
  const waiting = await metricOf(portOf(cluster, leader), 'rollcall_peer_bytes_in_flight', 'peer="node4"')
  t.ok((waiting ?? 0) <= WINDOW_BYTES, `${waiting} bytes wait for it`)
  const resident = residentBytes(cluster.process(leader).pid) ?? 0
  t.ok(resident < RESIDENT_BYTES_MAX, `the leader has ${resident} bytes`)
  await deaf.greeted(3)
  t.equal(await client.call('counter', 'increment', []), 1)
})

/** Says hello to whoever dials, as the member that it poses as, and reads nothing after that. */
class DeafMember {
  #greetings = 0
  #wake: () => void = () => undefined
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => this.#greet(socket))

  constructor(private readonly hello: object) {}

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
  }

  async greeted(times: number): Promise<void> {
    while (this.#greetings < times) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #greet(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.setEncoding('utf8').once('data', (line: string) => {
      const { id } = JSON.parse(line.split('\n', 1)[0] ?? '') as { id: number }
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: this.hello })}\n`)
      socket.pause()
      this.#greetings += 1
      this.#wake()
    })
  }
}

function portOf(cluster: Cluster, id: string): number {
  const uri = cluster.members.find((each) => each.startsWith(`${id}@`)) ?? ''
  return Number(uri.slice(uri.lastIndexOf(':') + 1))
}
