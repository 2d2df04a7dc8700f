/** A member whose socket nobody reads, while clients write. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { CALM } from '../../harness/calm.js'
import { Cluster } from '../../harness/cluster.js'
import { metricOf, residentBytes } from '../../harness/metrics.js'
import { portOf, RESIDENT_BYTES_MAX, WINDOW_BYTES, write } from './writing.js'

t.test('a member whose socket nobody reads costs a window, and is dialled again', async (t) => {
  const cluster = await Cluster.start(t, 4, CALM)
  const client = await cluster.connect(60_000)
  await cluster.everyone(client)
  const leader = await cluster.leader(client)
  const id = cluster.ids.find((each) => each !== leader) ?? ''
  await cluster.kill(id)
  const folder = join(cluster.folder, '.rollcall', id, 'member.json')
  const { incarnation } = JSON.parse(readFileSync(folder, 'utf8')) as { incarnation: string }
  const deaf = new DeafMember({ version: 1, cluster: 'rollcall', clusterId: null, id, incarnation })
  t.teardown(() => deaf.close())
  await deaf.listen(portOf(cluster, id))
  await write(client, 300)
  const waiting = await metricOf(portOf(cluster, leader), 'rollcall_peer_bytes_in_flight', `peer="${id}"`)
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
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
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
