/** Numbers of other programs arrive as they were written, or are refused: over each language, and in answers, too. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { parseJson } from '../../lib/json.js'
import { paramsOfBody } from '../../balancer/gateway.js'
import { RemoteError } from '../../lib/rpc/errors.js'
import { connectionTo, objectOf, RawClient, startDaemon } from './rig.js'

const ran: unknown[] = []
const { daemon, address } = await startDaemon({
  it: objectOf({
    take: (params) => {
      ran.push(params)
      return 'taken'
    },
  }),
})
t.teardown(() => daemon.close())
t.beforeEach(() => ran.splice(0))

const call = (params: string, id = '7'): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"it.take","params":${params}}`
const refusal = (message: RegExp | string) => ({ id: 7, error: { code: -32602, message } })

const REFUSED: readonly (readonly [params: string, said: string])[] = [
  [
    '[9007199254740993]',
    "params[0] is 9007199254740993, which a number here can't hold (it would become 9007199254740992)",
  ],
  ['["k",12345678901234567890]', 'params[1] is 12345678901234567890,'],
  ['[[1,1e400]]', "params[0][1] is 1e400, which a number here can't hold (it would become Infinity)"],
  ['[{"a b":{"c":-1E+999}}]', 'params[0]["a b"].c is -1E+999,'],
  ['[1e-400]', 'params[0] is 1e-400,'],
  ['[12345678901234567.89]', 'params[0] is 12345678901234567.89,'],
  ['{"amount":18446744073709551616}', 'params.amount is 18446744073709551616,'],
]
const TAKEN = [
  '[9007199254740992,-9007199254740991]',
  '[1152921504606847000]',
  '["12345678901234567890","1e400",0.30000000000000004,0.10000000000000001]',
  '[1e308,5e-324,0e-999,0.00000000000000000000001,100000000000000000000.0]',
  '[{"12345678901234567890":0}]',
  '[1.50000000000000000000000]',
]

t.test('lines: what would be altered is refused by its path, and not run', async (t) => {
  const client = new RawClient(address)
  t.teardown(() => client.end())
  for (const [params, said] of REFUSED) {
    const answer = await client.write(`${call(params)}\n`).next()
    t.match(answer, refusal(/send it as a string; it was not executed$/))
    t.match(answer, refusal(said))
  }
  t.same(ran, [])
  for (const params of TAKEN)
    t.match(await client.write(`${call(params)}\n`).next(), { result: 'taken' }, params)
  t.same(
    ran,
    TAKEN.map((params) => parseJson(params)),
  )
})

t.test('of a batch the one call is refused, and of a notification nobody hears', async (t) => {
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const silent = '{"jsonrpc":"2.0","method":"it.take","params":[1e400]}'
  const batch = `[${call('[1]', '1')}, ${silent}, ${call('[[0],1e400]')},{"jsonrpc":"2.0","id":12345678901234567890,"method":"it.take"}]`
  t.match(await client.write(`${batch}\n`).next(), [
    { id: 1, result: 'taken' },
    refusal('params[1] is 1e400'),
    { id: 12345678901234567890, result: 'taken' },
  ])
  t.same(ran, [[1], []])
})

t.test('HTTP, WebSocket and the gateway say the same', async (t) => {
  const text = call('[{"n":12345678901234567890}]')
  const said = 'params[0].n is 12345678901234567890'
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`http://${address.host}:${address.port}/`, {
    method: 'POST',
    headers,
    body: text,
  })
  t.match(await response.json(), refusal(said))
  const socket = new WebSocket(`ws://${address.host}:${address.port}/`)
  await once(socket, 'open')
  socket.send(text)
  const [data] = (await once(socket, 'message')) as [Buffer]
  t.match(JSON.parse(data.toString()), refusal(said))
  socket.close()
  t.same(ran, [])
  t.throws(() => paramsOfBody('[{"n":12345678901234567890}]'), { message: said })
  t.same(paramsOfBody('["12345678901234567890",1]'), ['12345678901234567890', 1])
})

t.test('a long message that is nested deeply is looked through', async (t) => {
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const deep = `${'['.repeat(5000)}1e400${']'.repeat(5000)}`
  t.match(
    await client.write(`${call(`["${'x'.repeat(100_000)}",${deep}]`)}\n`).next(),
    refusal(/^"?it\.take/),
  )
})

t.test('an answer of another server that would be altered is an error of a call that has run', async (t) => {
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      const [, id = ''] = /"id":(\d+)/.exec(data.toString()) ?? []
      socket.write(`{"jsonrpc":"2.0","id":${id},"result":{"rows":[1,12345678901234567890]}}\n`)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const connection = connectionTo({ kind: 'tcp', host: '127.0.0.1', port })
  t.teardown(() => {
    connection.close()
    server.close()
  })
  const error: unknown = await connection.call('it.rows', []).catch((each: unknown) => each)
  if (!(error instanceof RemoteError)) throw new Error(`it came to ${String(error)}`)
  t.equal(error.outcome, 'executed')
  t.equal(error.remote.name, 'ResultNotKept')
  t.match(error.message, 'result.rows[1] is 12345678901234567890')
})

t.test(
  'bug: a number of a million zeros, or many beside a long name, kept a process busy for hours',
  async (t) => {
    const client = new RawClient(address)
    t.teardown(() => client.end())
    const zeros = '0'.repeat(1_000_000)
    t.match(await client.write(`${call(`[1.${zeros}]`)}\n`).next(), { result: 'taken' })
    t.match(await client.write(`${call(`[1.${zeros}1]`)}\n`).next(), refusal('params[0] is 1.000'))
    const others = `"${'n'.repeat(1_000_000)}":[${Array(30_000).fill('1e400').join(',')}]`
    const beside = call('[0]').replace('"id"', `${others},"id"`)
    t.match(await client.write(`${beside}\n`).next(), { result: 'taken' })
    const deep = `[${'['.repeat(100)}1e400${']'.repeat(100)}]`
    t.match(await client.write(`${call(deep)}\n`).next(), refusal('params[0][0][0]'))
  },
)
