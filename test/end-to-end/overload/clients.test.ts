/** In short what overload/clients.long.test.ts does with ten times as much. */
import t from 'tap'
import { CALM } from '../../harness/calm.js'
import { Cluster } from '../../harness/cluster.js'
import { callOn, callText, strangeCodes } from './plain-caller.js'
import { portOf } from './writing.js'

const cluster = await Cluster.start(t, 3, CALM)
const client = await cluster.connect()
const leader = await cluster.leader(client)
const port = portOf(cluster, leader)

t.test('one client with many large commands at once: each is answered, others are served', async (t) => {
  const COMMANDS = 150
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
})

t.test('a client that asks for little and never reads costs its window, and others are served', async (t) => {
  const socket = callOn(port, t)
  socket.pause()
  const page = callText(1, 'daemon.describe', 'kv').repeat(1000)
  // The node stops reading at some point: what is left stays here.
  for (let i = 0; i < 100; i++) socket.write(page)
  for (let i = 2; i < 20; i++) t.equal(await client.call('counter', 'increment', []), i)
  t.ok(cluster.process(leader).isRunning)
})
