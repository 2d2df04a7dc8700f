/** What a request says comes back as it was said: its id, and what is wrong with it. */
import t from 'tap'
import { objectOf, RawClient, startDaemon } from './rig.js'

async function lineFor(client: RawClient, text: string): Promise<string> {
  client.write(`${text}\n`)
  while (client.lines.length === 0) await new Promise((resolve) => client.socket.once('data', resolve))
  return client.lines.shift() ?? ''
}

t.test('an id comes back as it was written', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ one: () => 1 }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const ids = [
    '9007199254740993',
    '12345678901234567890',
    '-1e400',
    '1.1000000000000000001',
    '0.1',
    '"\\ud800"',
    'null',
  ]
  for (const id of ids) {
    t.equal(
      await lineFor(client, `{"jsonrpc":"2.0","method":"it.one","id":${id}}`),
      `{"jsonrpc":"2.0","id":${id},"result":1}`,
    )
    t.match(await lineFor(client, `{"jsonrpc":"2.0","id":${id},"method":"it.none"}`), `"id":${id},"error"`)
  }
  const batch = ids.map((id) => `{"jsonrpc":"2.0","params":[{"id":3}],"id":${id},"method":"it.one"}`)
  const answers = ids.map((id) => `{"jsonrpc":"2.0","id":${id},"result":1}`)
  t.equal(await lineFor(client, `[${batch.join(', ')}]`), `[${answers.join(',')}]`)
})

t.test('of a member that stands twice the last counts, of an id as of a value', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ all: (params) => params }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const twice = (first: string, last: string): string =>
    `{"jsonrpc":"2.0","method":"it.none","id":${first},"method":"it.all","params":[{"a":1,"a":2}],"\\u0069d":${last}}`
  for (const [first, last] of [
    ['1', '2'],
    ['12345678901234567890', '1'],
    ['1', '12345678901234567890'],
    ['12345678901234567890', '"b"'],
  ] as const)
    t.equal(await lineFor(client, twice(first, last)), `{"jsonrpc":"2.0","id":${last},"result":[{"a":2}]}`)
})

t.test('a request that is none is told what is wrong, under its id', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ all: (params) => params }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const cases: [string, unknown, RegExp][] = [
    ['{"jsonrpc":"2.0","id":7,"method":"it.all","params":"x"}', 7, /"params" is an array, not a string/],
    ['{"jsonrpc":"2.0","id":7,"method":1}', 7, /"method" is a string, not a number/],
    ['{"jsonrpc":"2.0","id":7}', 7, /"method" is a string, not nothing/],
    ['{"id":7,"method":"it.all"}', null, /"jsonrpc" is "2.0", and is missing/],
    ['{"jsonrpc":"2.0","id":[],"method":"it.all"}', null, /"id" is a string, a number or null, not an array/],
    ['{"jsonrpc":"2.0","id":true,"method":"it.all"}', null, /not a boolean/],
    ['17', null, /a request is an object, not a number/],
    ['[]', null, /a batch is not empty/],
  ]
  for (const [text, id, message] of cases)
    t.match(await client.write(`${text}\n`).next(), { id, error: { code: -32600, message } }, text)
})

t.test('params: null is none, and a byte order mark is nothing', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ all: (params) => params }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const call = '{"jsonrpc":"2.0","id":7,"method":"it.all","params":null}'
  t.same(await client.write(`\uFEFF${call}\n`).next(), { jsonrpc: '2.0', id: 7, result: [] })
  t.same(await client.write(`${call}\n`).next(), { jsonrpc: '2.0', id: 7, result: [] })
  t.same(await client.write(`\uFEFF[${call}]\n`).next(), [{ jsonrpc: '2.0', id: 7, result: [] }])
  const headers = { 'content-type': 'application/json-rpc; charset=utf8' }
  const post = { method: 'POST', headers, body: `\uFEFF${call}` }
  const response = await fetch(`http://${address.host}:${address.port}/`, post)
  t.same(await response.json(), { jsonrpc: '2.0', id: 7, result: [] })
})
