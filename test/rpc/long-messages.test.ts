/** A message that is too long for what it calls is refused for its length alone, under its own id. */
import t from 'tap'
import { envelopeOf, idTextsOf } from '../../lib/rpc/messages/envelope.js'
import { objectOf, RawClient, startDaemon } from './rig.js'

const MIB = 1024 * 1024

const lengthOf = (text: unknown): number => (typeof text === 'string' ? text.length : 0)

t.test('a long message is refused before it is parsed, and its connection goes on', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ length: ([text]) => lengthOf(text) }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const long = JSON.stringify(['x'.repeat(7 * MIB)])
  const cases: [string, unknown][] = [
    [`{"jsonrpc":"2.0","id":7,"method":"it.length","params":${long}}`, 7],
    [`{"jsonrpc":"2.0","method":"it.length","params":${long},"id":"last"}`, 'last'],
    [`{"params":${long},"method":"it.length","id":12345678901234567890}`, 12345678901234567890],
    [`{"jsonrpc":"2.0","id":7,"method":"it.length","params":[{"no":${long}`, 7],
    [`[{"jsonrpc":"2.0","id":7,"method":"it.length","params":${long}}]`, null],
  ]
  for (const [text, id] of cases)
    t.match(await client.write(`${text}\n`).next(), { id, error: { code: -32009, message: /not executed/ } })
  client.write(`{"jsonrpc":"2.0","id":8,"method":"it.length","params":["${'x'.repeat(3 * MIB)}"]}\n`)
  t.match(await client.next(), { id: 8, result: 3 * MIB })
})

t.test('of who is no fellow a hello is short, wherever it names its method', async (t) => {
  let ran = 0
  const hello = objectOf({ hello: () => ++ran, echo: ([text]) => lengthOf(text) })
  const methods = new Map([...hello.methods].map(([name, method]) => [name, { ...method, bytesMax: 65_536 }]))
  const favouring = objectOf({ favour: (_, { connection }) => connection.favour?.() })
  const { daemon, address } = await startDaemon({ member: { methods }, it: favouring })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const long = JSON.stringify(['x'.repeat(100_000)])
  for (const text of [
    `{"jsonrpc":"2.0","id":1,"method":"member.hello","params":${long}}`,
    `{"params":${long},"jsonrpc":"2.0","method":"member.hello","id":1}`,
    // What is refused for its length is not looked into.
    `{"jsonrpc":"2.0","id":1,"method":"member.hello","params":[${long}${long}`,
  ]) {
    t.match(await client.write(`${text}\n`).next(), { id: 1, error: { code: -32009 } })
  }
  t.equal(ran, 0)
  client.write('{"jsonrpc":"2.0","id":2,"method":"it.favour"}\n')
  t.match(await client.next(), { id: 2 })
  client.write(
    `{"jsonrpc":"2.0","id":3,"method":"member.echo","params":${JSON.stringify(['x'.repeat(8 * MIB)])}}\n`,
  )
  t.match(await client.next(), { id: 3, result: 8 * MIB }, "a fellow's may have the whole frame")
})

t.test('names, ids and meta have a length', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ echo: ([value]) => value }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const long = 'x'.repeat(20_000)
  const ask = (request: object): Promise<unknown> =>
    client.write(`${JSON.stringify({ jsonrpc: '2.0', ...request })}\n`).next()
  const invalid = (message: RegExp) => ({ error: { code: -32600, message } })
  t.match(await ask({ id: 1, method: long }), { id: 1, ...invalid(/"method" has at most 1024/) })
  t.match(await ask({ id: long, method: 'it.echo' }), { id: null, ...invalid(/"id" has at most 1024/) })
  for (const name of ['session', 'traceparent', 'token'])
    t.match(await ask({ id: 1, method: 'it.echo', meta: { [name]: long } }), { id: 1, ...invalid(/at most/) })
  t.match(await ask({ id: 'x'.repeat(1000), method: 'it.echo', params: [1] }), { result: 1 })
})

t.test('what stands around the params is found at both ends, and nowhere within them', async (t) => {
  const params = '["\\",\\"id\\":5}"]'
  t.same(envelopeOf(`{"id":1,"method":"a.b","params":${params}}`), { id: '1', method: 'a.b' })
  t.same(envelopeOf(`{"method":"a.b","params":${params}}`), { method: 'a.b' })
  t.same(envelopeOf(`{"params":[{"method":"c.d"}],"id":"x"}`), { id: '"x"' })
  t.same(envelopeOf(`{"params":{"id":5}}`), {})
  t.same(envelopeOf(`  \uFEFF{"id":1}`), {})
  t.same(envelopeOf(`[{"id":1,"method":"a.b","params":[]},{"id":2}]`), {}, 'a batch has no id')
  t.same(envelopeOf(''), {})
})

t.test('ids as they are written, of one request and of each in a batch', async (t) => {
  t.same(idTextsOf('{"params":[{"id":1}],"id":1e400}'), ['1e400'])
  t.same(idTextsOf('[{"id":9007199254740993},[{"id":3}],7,{"\\u0069d":1.10,"params":{"id":4}}]'), [
    '9007199254740993',
    ...[undefined, undefined],
    '1.10',
  ])
})
