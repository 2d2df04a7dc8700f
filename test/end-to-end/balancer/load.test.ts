/** Many at once, strangers and slow readers at a real balancer: each gets its due, and the others notice nothing. */
import { connect } from 'node:net'
import t from 'tap'
import { BalancerProcess } from '../../harness/balancer.js'
import { Cluster } from '../../harness/cluster.js'

// Patient members: on a busy machine an election would make honest answers of "perhaps executed".
const cluster = await Cluster.start(t, 3, ['--election-timeout', '2000-4000', '--heartbeat', '200'])
const balancer = await BalancerProcess.start(cluster)

const OUTCOME_UNKNOWN = -32002

/** Sends all of `text`, closes this half, and resolves to all that comes until the other half is closed. */
function say(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: 'localhost', port: balancer.port, allowHalfOpen: true })
    let received = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
    socket.on('error', () => undefined).on('end', () => socket.destroy())
    socket.on('close', () => resolve(received))
    socket.end(text)
  })
}

const request = (id: number, method: string, ...params: readonly unknown[]): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`

t.test('thousands of calls in flight are all answered, each once', async (t) => {
  const lasting = [...(await Promise.all([1, 2, 3].map(() => balancer.lines()))), await balancer.webSocket()]
  await lasting[0]?.call('counter.value', [])
  // Each HTTP call in flight is a connection of its own.
  const plan = [...lasting.map((caller) => ({ caller, calls: 700 })), { caller: balancer.http(), calls: 100 }]
  const answers = await Promise.all(
    plan.flatMap(({ caller, calls }) =>
      Array.from({ length: calls }, () => caller.call('counter.increment', [1])),
    ),
  )
  const values = answers.flatMap((answer) => (answer?.error === undefined ? [answer?.result] : []))
  const refusals = answers.flatMap((answer) => answer?.error?.code ?? [])
  t.equal(answers.length, 2900)
  t.equal(new Set(values).size, values.length, 'no value was given twice')
  t.ok(
    refusals.every((code) => code === OUTCOME_UNKNOWN),
    `refused: ${[...new Set(refusals)].join()}`,
  )
  const count = (await lasting[0]?.call('counter.value', []))?.result
  t.ok(Number(count) >= values.length && Number(count) <= 2900, `${String(count)} of ${values.length}`)
  for (const caller of lasting) caller.end()
})

t.test('calls of one connection reach the leader in their order', async (t) => {
  const caller = await balancer.lines()
  const indices = await Promise.all(
    Array.from({ length: 500 }, (_, i) => caller.call('log.append', [String(i)])),
  )
  const found = indices.map((answer) => (answer?.result as { readonly index: number }).index)
  t.same(
    found,
    found.map((_, i) => i + 1),
  )
  caller.end()
})

t.test('a batch, notifications and the end of the input', async (t) => {
  const batch = [
    { jsonrpc: '2.0', id: 1, method: 'kv.set', params: ['a', 1] },
    { jsonrpc: '2.0', method: 'kv.set', params: ['b', 2] },
    { jsonrpc: '2.0', id: 2, method: 'node1.hello', params: [{}] },
    7,
  ]
  const answers = JSON.parse(await say(`${JSON.stringify(batch)}\n`)) as readonly {
    readonly id: number | null
  }[]
  t.match(answers, [
    { id: 1, result: null },
    { id: 2, error: { code: -32601 } },
    { id: null, error: { code: -32600 } },
  ])
  const caller = await balancer.lines()
  t.match(await caller.call('kv.get', ['b']), { result: 2 })
  caller.end()
})

t.test('garbage, bombs and torn messages harm nobody', async (t) => {
  const bad = [
    '\u0000\u0001',
    '{"',
    '['.repeat(3_000_000),
    `${'{},'.repeat(1_000_000)}\n`,
    '[]\n',
    '{}\n{}\n',
  ]
  const worse = [`{${'x'.repeat(17 * 1024 * 1024)}`, 'POST / HTTP/9\r\n\r\n', 'GET /kv/%zz HTTP/1.1\r\n\r\n']
  for (const text of [...bad, ...worse]) t.not(await say(text), '', text.slice(0, 20))
  t.match(await say(request(1, 'kv.set', 'a')), /-32602/)
  t.match(await say(request(1, 'x'.repeat(1000))), /-32601/)
  t.match(await say(request(1, 'x'.repeat(100_000))), /-32600/)
  t.match(await say('{"jsonrpc":"2.0","id":1,"method":"kv.get","params":["a"],"meta":{"seq":0}}\n'), /-32600/)
  t.match(await say(request(1, 'counter.value')), /"result":\d+/)
})

t.test('a client that does not read its answers costs the others nothing', async (t) => {
  const caller = await balancer.lines()
  const value = 'x'.repeat(500_000)
  await caller.call('kv.set', ['big', value])
  const slow = connect({ host: 'localhost', port: balancer.port })
  slow.on('error', () => undefined).pause()
  slow.write(Array.from({ length: 200 }, (_, i) => request(i, 'kv.get', 'big')).join(''))
  const answers = await Promise.all(Array.from({ length: 200 }, () => caller.call('counter.increment', [1])))
  t.equal(answers.filter((answer) => answer === undefined).length, 0, 'each has its answer')
  slow.destroy()
  t.match(await caller.call('counter.value', []), { result: /^\d+$/ })
  t.ok(balancer.running.isRunning)
  caller.end()
})
