/** Clients that send more than a node can take, and clients that never read what they are answered. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import t from 'tap'
import { Cluster, pause } from '../../harness/cluster.js'
import { residentBytes } from '../../harness/metrics.js'

/** Far above what a node needs, far below what is sent to it. */
const RESIDENT_BYTES_MAX = 800 * 1024 * 1024

/** NOT_LEADER and OUTCOME_UNKNOWN, as a busy machine may cost the leader its office; NO_QUORUM and OVERLOADED. */
const REFUSALS = [-32001, -32002, -32003, -32010]

/** No election because the machine is busy: this is about bytes. */
const cluster = await Cluster.start(t, 3, ['--election-timeout', '1000-2000', '--heartbeat', '200'])
const client = await cluster.connect()
const leader = await cluster.leader(client)
const node = cluster.process(leader)
const uri = cluster.members.find((each) => each.startsWith(`${leader}@`)) ?? ''
const port = Number(uri.slice(uri.lastIndexOf(':') + 1))

const call = (id: number, method: string, ...params: readonly unknown[]): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`

t.test(
  'one client with far too many large commands at once: each is answered, others are served',
  async (t) => {
    const COMMANDS = 1500
    const text = 'x'.repeat(100_000)
    const socket = connect({ host: 'localhost', port })
    t.teardown(() => socket.destroy())
    // All of them are on their way before the first answer is read.
    for (let id = 0; id < COMMANDS; id++) socket.write(call(id, 'kv.set', `key${id % 10}`, text))
    t.equal(await client.call('counter', 'increment', []), 1, 'another client is served')
    const codes = new Set<number>()
    let answered = 0
    for await (const line of createInterface({ input: socket })) {
      const { error } = JSON.parse(line) as { error?: { code: number } }
      if (error !== undefined) codes.add(error.code)
      answered += 1
      if (answered === COMMANDS) break
    }
    t.equal(answered, COMMANDS)
    const others = [...codes].filter((code) => !REFUSALS.includes(code))
    t.same(others, [], 'each answer is a result, or says what became of the command')
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
    const socket = connect({ host: 'localhost', port }).on('error', () => undefined)
    t.teardown(() => socket.destroy())
    socket.pause()
    socket.write(get.repeat(1000))
    await Promise.race([dropped, pause(2000)])
  }
  t.equal(await client.call('counter', 'value', []), 1)
  const resident = residentBytes(node.pid) ?? 0
  t.ok(resident < RESIDENT_BYTES_MAX, `the leader has ${resident} bytes`)
  t.ok(node.isRunning)
})
