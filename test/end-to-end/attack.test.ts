/** Strangers at the ports of real processes: each gets its answer, and the cluster goes on as if they had not come. */
import { connect } from 'node:net'
import t from 'tap'
import { CALM } from '../harness/calm.js'
import { Cluster } from '../harness/cluster.js'
import { until } from '../harness/until.js'

const cluster = await Cluster.start(t, 3, CALM)
const client = await cluster.connect()
const leader = await cluster.leader(client)
await cluster.everyone(client)

function portOf(id: string): number {
  const uri = cluster.members.find((each) => each.startsWith(`${id}@`)) ?? cluster.nameserver
  return Number(uri.slice(uri.lastIndexOf(':') + 1))
}

/** Sends all of `text`, closes this half, and resolves to all that comes until the other half is closed. */
function say(id: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: 'localhost', port: portOf(id), allowHalfOpen: true })
    let received = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
    socket.on('error', () => undefined).on('end', () => socket.destroy())
    socket.on('close', () => resolve(received))
    socket.end(text)
  })
}

const call = (method: string, ...params: readonly unknown[]): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`

t.test('commands that come with the end of the input are committed and answered', async (t) => {
  const answer = await say(await cluster.leader(client), call('kv.set', 'a', 1).repeat(3))
  t.equal(answer.match(/"result":/g)?.length, 3, answer)
})

t.test('a stranger with a hello of its own neither raises a term nor learns an incarnation', async (t) => {
  const hello = { version: 1, cluster: 'rollcall', clusterId: null, id: 'evil', incarnation: 'i' }
  const term = 900_000
  const vote = { version: 1, term, candidateId: 'evil', lastLogIndex: 1e9, lastLogTerm: 1e6, transfer: true }
  for (const id of cluster.ids) {
    const answers = await say(id, call(`${id}.hello`, hello) + call(`${id}.requestVote`, vote))
    t.equal(answers.match(/-32007/g)?.length, 2, answers)
  }
  for (const status of await cluster.statuses(client)) t.ok(status.term < term)
})

t.test('garbage, bombs and torn messages at every port harm nobody', async (t) => {
  const bad = [
    '\u0000\u0001',
    '{"',
    '['.repeat(3_000_000),
    `${'{},'.repeat(1_000_000)}\n`,
    '[]\n',
    '{}\n{}\n',
  ]
  const worse = ['x'.repeat(17 * 1024 * 1024), `{${'x'.repeat(17 * 1024 * 1024)}`, 'POST / HTTP/9\r\n\r\n']
  for (const id of [...cluster.ids, 'nameserver']) {
    for (const text of [...bad, ...worse]) t.not(await say(id, text), '', text.slice(0, 20))
  }
  await cluster.leader(client)
  t.equal(await client.call('counter', 'increment', []), 1)
  for (const [name, process] of cluster.processes) t.ok(process.isRunning, name)
})

t.test('every port says that it lives, whether it is ready, and how it goes', async (t) => {
  for (const id of [leader, 'nameserver']) {
    const page = (path: string): Promise<Response> => fetch(`http://localhost:${portOf(id)}${path}`)
    t.equal((await page('/livez')).status, 200)
    await until(`${id} to be ready`, async () => (await page('/readyz')).status === 200)
    t.match(await (await page('/metrics')).text(), /^rollcall_commit_index\{.+\} [1-9]/m)
    t.equal((await page('/other')).status, 404)
  }
})
