import t from 'tap'
import { Gateway, paramsOfBody, paramsOfQuery, target } from '../../balancer/gateway.js'
import type { Json } from '../../lib/json.js'
import type { WebRequest } from '../../lib/ports.js'
import {
  InvalidParamsError,
  MethodNotFoundError,
  NoQuorumError,
  ParseError,
  TooLargeError,
} from '../../lib/rpc/errors.js'
import type { MethodSaid } from '../../lib/rpc/exposed.js'
import type { CallContext } from '../../lib/rpc/exposed.js'

t.test('a path names an object and a method, with escapes', async (t) => {
  t.same(target('/kv/get'), { object: 'kv', method: 'get' })
  t.same(target('/my.kv%2Fa/get'), { object: 'my.kv/a', method: 'get' })
  for (const path of ['', '/', '/kv', '/kv/', '//get', '/kv/get/more', '/kv/%zz'])
    t.throws(() => target(path), MethodNotFoundError, path)
})

t.test('query parameters stand in order; each is JSON or else text', async (t) => {
  const cases: readonly (readonly [string, Json])[] = [
    ['', []],
    ['key=greeting', ['greeting']],
    ['from=1&count=10', [1, 10]],
    ['a=x&a=y', ['x', 'y']],
    ['x=%225%22&y=two+words&z=', ['5', 'two words', '']],
    ['key=%7B%22a%22%3A1%7D', [{ a: 1 }]],
    ['args=["a",1]', ['a', 1]],
    ['args=[]', []],
  ]
  for (const [query, params] of cases) t.same(paramsOfQuery(query), params, query)
  for (const query of ['args=1', 'args=a', 'args=["a"]&b=1', 'args=[', 'args=[1]&args=[2]'])
    t.throws(() => paramsOfQuery(query), InvalidParamsError, query)
})

t.test('a body is a JSON array', async (t) => {
  t.same(paramsOfBody('["a", {"b": null}]'), ['a', { b: null }])
  t.same(paramsOfBody('\ufeff["a"]'), ['a'], 'a byte order mark is nothing, as in a call posted to /')
  t.throws(
    () => paramsOfBody(''),
    new ParseError('the body is empty: it is a JSON array of the params, [] for none'),
  )
  t.throws(() => paramsOfBody('[1'), ParseError)
  t.throws(() => paramsOfBody('{"key": 1}'), InvalidParamsError)
  t.throws(() => paramsOfBody('['.repeat(1_000_000)), TooLargeError)
})

const KINDS = new Map<string, MethodSaid>([
  ['get', { kind: 'query' }],
  ['set', { kind: 'command' }],
  ['plain', { kind: 'plain' }],
])

interface Asked {
  readonly called: (readonly [string, string, readonly Json[]])[]
  readonly contexts: CallContext[]
  readonly gateway: Gateway
}

function gateway(outcome: () => Promise<Json>): Asked {
  const called: Asked['called'] = []
  const contexts: CallContext[] = []
  return {
    called,
    contexts,
    gateway: new Gateway({
      kinds: async () => KINDS,
      call: (object, method, params, context) => {
        called.push([object, method, params])
        contexts.push(context)
        return outcome()
      },
    }),
  }
}

const request = (method: 'GET' | 'POST', path: string, query = '', body = ''): WebRequest => ({
  method,
  path,
  query,
  body,
  remote: 'somewhere',
  traceparent: '00-a-b-01',
})

t.test('a GET calls a query and answers with its result', async (t) => {
  const asked = gateway(async () => ({ a: null }))
  t.same(await asked.gateway.answer(request('GET', '/kv/get', 'key=x')), { status: 200, body: '{"a":null}' })
  t.same(asked.called, [['kv', 'get', ['x']]])
  t.equal(asked.contexts[0]?.meta.traceparent, '00-a-b-01')
})

t.test('a GET of anything but a query calls nothing', async (t) => {
  const asked = gateway(async () => null)
  for (const method of ['set', 'plain']) {
    const answer = await asked.gateway.answer(request('GET', `/kv/${method}`, 'key=x'))
    t.match(answer, { status: 405, headers: { allow: 'POST' } })
    t.match(JSON.parse(answer.body), { error: { outcome: 'not-executed', message: /POST it/ } })
  }
  t.equal((await asked.gateway.answer(request('GET', '/kv/none'))).status, 404)
  const refused = await asked.gateway.answer(request('GET', '/kv/get', 'args=1'))
  t.match(refused, { status: 400, body: /args is a JSON array of all params, such as/ })
  t.same(asked.called, [])
})

t.test('a POST calls any method', async (t) => {
  const asked = gateway(async () => 7)
  t.same(await asked.gateway.answer(request('POST', '/kv/set', '', '["x",1]')), { status: 200, body: '7' })
  t.equal((await asked.gateway.answer(request('POST', '/kv/get', '', '["x"]'))).status, 200)
  t.equal((await asked.gateway.answer(request('POST', '/kv/set', '', 'x'))).status, 400)
  t.same(asked.called, [
    ['kv', 'set', ['x', 1]],
    ['kv', 'get', ['x']],
  ])
})

t.test(
  'bug: params behind the ? of a POST were passed over, or the body was said to be no JSON',
  async (t) => {
    const asked = gateway(async () => 7)
    for (const body of ['', '["x",1]']) {
      const answer = await asked.gateway.answer(request('POST', '/kv/set', 'key=x&value=2', body))
      t.match(answer, { status: 400, body: /a POST has its params in its body.*none after the \\"\?\\"/ })
    }
    t.same(asked.called, [])
  },
)

t.test('an error is answered with its status and its name, and says when to come again', async (t) => {
  const asked = gateway(() => Promise.reject(new NoQuorumError('no majority')))
  const answer = await asked.gateway.answer(request('POST', '/kv/set', '', '["x",1]'))
  t.match(answer, { status: 503, headers: { 'retry-after': '1' } })
  t.same(JSON.parse(answer.body), {
    error: { code: -32003, name: 'NO_QUORUM', outcome: 'not-executed', message: 'no majority' },
  })
})
