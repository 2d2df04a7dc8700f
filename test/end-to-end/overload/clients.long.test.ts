/** Clients that send more than a node can take, and clients that never read what they are answered. */
import t from 'tap'
import { CALM } from '../../harness/calm.js'
import { Cluster, pause } from '../../harness/cluster.js'
import { residentBytes } from '../../harness/metrics.js'
import { callOn, callText, strangeCodes } from './plain-caller.js'
import { portOf } from './writing.js'

/** Far above what a node needs, far below what is sent to it. */
const RESIDENT_BYTES_MAX = 800 * 1024 * 1024

const cluster = await Cluster.start(t, 3, CALM)
const client = await cluster.connect()
const leader = await cluster.leader(client)
const node = cluster.process(leader)
const port = portOf(cluster, leader)

t.test(
  'one client with far too many large commands at once: each is answered, others are served',
  async (t) => {
    const COMMANDS = 1500
    const text = 'x'.repeat(100_000)
    const socket = callOn(port, t)
    // All of them are on their way before the first answer is read.
    for (let id = 0; id < COMMANDS; id++) socket.write(callText(id, 'kv.set', `key${id % 10}`, text))
    t.equal(await client.call('counter', 'increment', []), 1, 'another client is served')
    t.same(
      await strangeCodes(socket, COMMANDS),
      [],
      'each answer is a result, or says what became of the command',
    )
    const resident = residentBytes(node.pid) ?? 0
    t.ok(resident < RESIDENT_BYTES_MAX, `the leader has ${resident} bytes`)
  },
)

t.test('a client that asks for much and never reads is dropped, and others are served', async (t) => {
  await client.call('kv', 'set', ['big', 'x'.repeat(500_000)])
  const meta = { consistency: 'follower' }
  const get = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'kv.get', params: ['big'], meta })}\n`
  let isDropped = false as boolean
  const dropped = node
    .says(/dropped a connection that does not read its answers/)
    .then(() => (isDropped = true))
  // Who happens to know no leader answers shortly, and drops nobody.
  while (!isDropped) {
    const socket = callOn(port, t)
    socket.pause()
    socket.write(get.repeat(1000))
    await Promise.race([dropped, pause(2000)])
  }
  t.equal(await client.call('counter', 'value', []), 1)
  const resident = residentBytes(node.pid) ?? 0
  t.ok(resident < RESIDENT_BYTES_MAX, `the leader has ${resident} bytes`)
  t.ok(node.isRunning)
})
