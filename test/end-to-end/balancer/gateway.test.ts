/** A browser's and curl's view of a real balancer: pages, queries, commands, origins. */
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { WebSocket } from 'ws'
import { BalancerProcess } from '../../harness/balancer.js'
import { CALM } from '../../harness/calm.js'
import { Cluster } from '../../harness/cluster.js'
import { until } from '../../harness/until.js'

const LISTED = 'https://app.example'
const UNLISTED = 'https://evil.example'

const cluster = await Cluster.start(t, 3, CALM)
const balancer = await BalancerProcess.start(cluster, ['--allow-origin', LISTED, '--allow-object', 'kv,log'])

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** By node:http, since fetch sets Host and Origin itself. */
function ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${balancer.url}${path}`, { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
    })
    asked.on('error', reject).end(body)
  })
}

const JSON_TYPE = { 'content-type': 'application/json' }
const post = (path: string, params: readonly unknown[], headers: Readonly<Record<string, string>> = {}) =>
  ask(path, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(params) })

t.test('commands are posted, queries are got', async (t) => {
  t.match(await post('/kv/set', ['greeting', { a: 1 }]), { status: 200, body: 'null' })
  t.match(await ask('/kv/get?key=greeting'), {
    status: 200,
    body: '{"a":1}',
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
  t.match(await ask('/kv/get?args=["greeting"]'), { status: 200, body: '{"a":1}' })
  t.match(await post('/kv/get', ['greeting']), { status: 200, body: '{"a":1}' })
  t.match(await post('/log/append', ['one']), { status: 200, body: /"index":1/ })
  t.match(await ask('/log/entry?index=1'), { status: 200, body: /"command":"one"/ })
})

t.test('a command by GET changes nothing', async (t) => {
  t.match(await ask('/kv/set?key=greeting&value=2'), { status: 405, headers: { allow: 'POST' } })
  t.match(await ask('/kv/get?key=greeting'), { body: '{"a":1}' })
})

t.test('what can not be called is refused with the status that fits', async (t) => {
  const cases: readonly (readonly [Promise<Answer>, number])[] = [
    [ask('/counter/value'), 404],
    [ask('/node1/status'), 404],
    [post('/node1/hello', [{}]), 404],
    [post('/daemon/objects', []), 200],
    [ask('/kv/nothing'), 404],
    [ask('/kv'), 404],
    [ask('/kv/get?args=1'), 400],
    [ask('/kv/get'), 400],
    [post('/kv/set', ['x', null]), 400],
    [ask('/kv/set', { method: 'POST', headers: JSON_TYPE, body: 'garbage' }), 400],
    [ask('/kv/set', { method: 'POST', body: '["x",1]' }), 415],
    [ask('/kv/set', { method: 'PUT', headers: JSON_TYPE, body: '["x",1]' }), 405],
    [ask('/kv/get?key=x', { headers: { host: 'evil.example' } }), 403],
    [ask('/kv/set', { method: 'OPTIONS' }), 405],
  ]
  for (const [answer, status] of cases) t.equal((await answer).status, status, (await answer).body)
})

t.test('pages of a listed origin may call, after asking first', async (t) => {
  const preflight = await ask('/kv/set', {
    method: 'OPTIONS',
    headers: {
      origin: LISTED,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  })
  t.match(preflight, {
    status: 204,
    headers: {
      'access-control-allow-origin': LISTED,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': /content-type/,
      vary: 'Origin',
    },
  })
  for (const answer of [
    await post('/kv/set', ['a', 1], { origin: LISTED }),
    await ask('/kv/get?key=a', { headers: { origin: LISTED } }),
    await ask('/kv/none', { headers: { origin: LISTED } }),
  ])
    t.equal(answer.headers['access-control-allow-origin'], LISTED, 'errors can be read as well')
  const rpc = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'kv.get', params: ['a'] })
  const call = { method: 'POST', headers: { ...JSON_TYPE, origin: LISTED }, body: rpc }
  t.match(await ask('/', call), { status: 200, body: /"result":1/ })
})

t.test('pages of any other origin get nothing, not even by asking first', async (t) => {
  const before = await ask('/kv/get?key=a')
  const answers = [
    await ask('/kv/set', {
      method: 'OPTIONS',
      headers: { origin: UNLISTED, 'access-control-request-method': 'POST' },
    }),
    await post('/kv/set', ['a', 'evil'], { origin: UNLISTED }),
    await ask('/kv/get?key=a', { headers: { origin: UNLISTED } }),
    await ask('/kv/get?key=a', { headers: { origin: 'null' } }),
    await ask('/metrics', { headers: { origin: UNLISTED } }),
  ]
  for (const { status, headers } of answers) {
    t.equal(status, 403)
    t.equal(headers['access-control-allow-origin'], undefined)
  }
  t.equal((await ask('/kv/get?key=a')).body, before.body)
  t.equal((await ask('/kv/get?key=a')).headers['access-control-allow-origin'], undefined)
})

t.test('WebSocket is open to the listed origin and closed to others', async (t) => {
  const outcome = (origin: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(balancer.url.replace('http', 'ws'), { origin })
      socket.on('open', () => {
        resolve('open')
        socket.terminate()
      })
      socket.on('error', (error) => resolve(error.message))
    })
  t.equal(await outcome(LISTED), 'open')
  t.match(await outcome(UNLISTED), /403/)
})

t.test('it says that it lives, whether it knows a leader, and how it goes', async (t) => {
  const lines = await balancer.lines()
  t.teardown(() => lines.end())
  await lines.call('kv.get', ['a'])
  t.equal((await ask('/livez')).status, 200)
  t.match(await ask('/readyz'), { status: 200, body: 'ready\n' })
  const { body } = await ask('/metrics')
  t.match(body, /^rollcall_balancer_calls_total\{cluster="rollcall",transport="http"\} [1-9]/m)
  t.match(body, /^rollcall_balancer_calls_total\{cluster="rollcall",transport="lines"\} 1$/m)
  t.match(body, /^rollcall_balancer_leader_known\{cluster="rollcall"\} 1$/m)
  t.match(body, /^rollcall_balancer_members\{cluster="rollcall"\} 3$/m)
})

t.test('without a leader it lives and is not ready', async (t) => {
  await cluster.kill(...cluster.ids)
  await until('the news that nobody leads', async () => (await ask('/readyz')).status === 503)
  t.equal((await ask('/livez')).status, 200)
})
