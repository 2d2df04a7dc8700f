/** In short what overload/clients.long.test.ts does with ten times as much. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import t from 'tap'
import { Cluster } from '../../harness/cluster.js'

/** NOT_LEADER and OUTCOME_UNKNOWN, as a busy machine may cost the leader its office; NO_QUORUM and OVERLOADED. */
const REFUSALS = [-32001, -32002, -32003, -32010]

/** No election because the machine is busy: this is about bytes. */
const cluster = await Cluster.start(t, 3, ['--election-timeout', '1000-2000', '--heartbeat', '200'])
const client = await cluster.connect()
const leader = await cluster.leader(client)
const uri = cluster.members.find((each) => each.startsWith(`${leader}@`)) ?? ''
const port = Number(uri.slice(uri.lastIndexOf(':') + 1))

const call = (id: number, method: string, ...params: readonly unknown[]): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`

t.test('one client with many large commands at once: each is answered, others are served', async (t) => {
  const COMMANDS = 150
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
})

t.test('a client that asks for little and never reads costs its window, and others are served', async (t) => {
  const socket = connect({ host: 'localhost', port }).on('error', () => undefined)
  t.teardown(() => socket.destroy())
  socket.pause()
  const page = call(1, 'daemon.describe', 'kv').repeat(1000)
  // The node stops reading at some point: what is left stays here.
  for (let i = 0; i < 100; i++) socket.write(page)
  for (let i = 2; i < 20; i++) t.equal(await client.call('counter', 'increment', []), i)
  t.ok(cluster.process(leader).isRunning)
})
