/**
 * The examples of JSON-RPC 2.0, section 7, and what its sections 4 to 6 say besides, through each of the three doors.
 */
import t from 'tap'
import { WebSocket } from 'ws'
import { once } from 'node:events'
import { objectOf, RawClient, startDaemon } from './rig.js'
import type { TcpAddress } from './rig.js'

/** Sends a text and brings the answer: undefined when the door says that there is none. */
interface Door {
  ask(text: string): Promise<unknown>
  close(): void
}

// Where silence can't be seen, a call sent behind shows by its answer that nothing came before it.
const MARK = '{"jsonrpc":"2.0","id":"mark","method":"daemon.ping"}'

async function behindMark(
  write: (text: string) => void,
  next: () => Promise<unknown>,
  text: string,
): Promise<unknown> {
  write(text)
  write(MARK)
  const first = await next()
  if ((first as { id?: unknown }).id === 'mark') return undefined
  await next()
  return first
}

const doors: Readonly<Record<string, (address: TcpAddress) => Promise<Door>>> = {
  lines: async (address) => {
    const client = new RawClient(address)
    return {
      ask: (text) =>
        behindMark(
          (line) => client.write(`${line}\n`),
          () => client.next(),
          text,
        ),
      close: () => client.end(),
    }
  },
  http: async ({ host, port }) => ({
    ask: async (body) => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`http://${host}:${port}/`, { method: 'POST', headers, body })
      if (response.status === 204) return undefined
      t.equal(response.status, 200)
      t.equal(response.headers.get('content-type'), 'application/json')
      return response.json()
    },
    close: () => undefined,
  }),
  websocket: async ({ host, port }) => {
    const socket = new WebSocket(`ws://${host}:${port}/`)
    await once(socket, 'open')
    const inbox: unknown[] = []
    let wake: () => void = () => undefined
    socket.on('message', (data) => {
      if (Buffer.isBuffer(data)) inbox.push(JSON.parse(data.toString()))
      wake()
    })
    const take = async (): Promise<unknown> => {
      while (inbox.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return inbox.shift()
    }
    return {
      ask: (text) => behindMark((message) => socket.send(message), take, text),
      close: () => socket.terminate(),
    }
  },
}

const methods = objectOf({
  subtract: ([a, b]) => Number(a) - Number(b),
  sum: (params) => params.reduce<number>((sum, each) => sum + Number(each), 0),
  get_data: () => ['hello', 5],
  update: () => undefined,
})

const invalid = { jsonrpc: '2.0', id: null, error: { code: -32600 } }
const answer = (id: unknown, result: unknown): object => ({ jsonrpc: '2.0', id, result })
const request = (rest: object): string => JSON.stringify({ jsonrpc: '2.0', ...rest })

const examples: readonly (readonly [name: string, sent: string, wanted: unknown])[] = [
  ['positional parameters', request({ method: 'it.subtract', params: [42, 23], id: 1 }), answer(1, 19)],
  ['the other way round', request({ method: 'it.subtract', params: [23, 42], id: 2 }), answer(2, -19)],
  [
    'named parameters are refused here',
    request({ method: 'it.subtract', params: { a: 1 }, id: 3 }),
    { id: 3, error: { code: -32602 } },
  ],
  ['a notification', request({ method: 'it.update', params: [1, 2, 3] }), undefined],
  ['a notification of a method that is not there', request({ method: 'foobar' }), undefined],
  [
    'a method that is not there',
    request({ method: 'foobar', id: '1' }),
    { id: '1', error: { code: -32601 } },
  ],
  [
    'invalid JSON',
    '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
    { ...invalid, error: { code: -32700 } },
  ],
  ['an invalid request', '{"jsonrpc": "2.0", "method": 1, "params": "bar"}', invalid],
  [
    'a batch of invalid JSON',
    '[{"jsonrpc": "2.0", "method": "sum", "id": "1"},{"jsonrpc": "2.0", "method"]',
    { ...invalid, error: { code: -32700 } },
  ],
  ['an empty batch', '[]', invalid],
  ['an invalid batch that is not empty', '[1]', [invalid]],
  ['a batch of three invalid requests', '[1,2,3]', [invalid, invalid, invalid]],
  ['a batch of batches', '[[],[[]]]', [invalid, invalid]],
  [
    'a mixed batch',
    `[${request({ method: 'it.sum', params: [1, 2, 4], id: '1' })},${request({ method: 'it.update', params: [7] })},${request({ method: 'it.subtract', params: [42, 23], id: '2' })},{"foo": "boo"},${request({ method: 'foo.get', params: {}, id: '5' })},${request({ method: 'it.get_data', id: '9' })}]`,
    [
      answer('1', 7),
      answer('2', 19),
      invalid,
      { id: '5', error: { code: -32601 } },
      answer('9', ['hello', 5]),
    ],
  ],
  [
    'a batch of notifications',
    `[${request({ method: 'it.update' })},${request({ method: 'it.update' })}]`,
    undefined,
  ],
  [
    '"id": null is a request all the same',
    request({ method: 'it.sum', params: [1], id: null }),
    answer(null, 1),
  ],
  ['an id that is an object', request({ method: 'it.sum', params: [1], id: {} }), invalid],
  ['version 1.0', '{"jsonrpc":"1.0","method":"it.sum","params":[1],"id":1}', invalid],
  [
    'a batch above the limit',
    JSON.stringify(Array.from({ length: 11 }, () => 1)),
    { ...invalid, error: { code: -32009 } },
  ],
]

for (const [name, open] of Object.entries(doors)) {
  t.test(`JSON-RPC 2.0 over ${name}`, async (t) => {
    const { daemon, address } = await startDaemon({ it: methods }, { limits: { batchMax: 10 } })
    t.teardown(() => daemon.close())
    const door = await open(address)
    t.teardown(() => door.close())
    for (const [example, sent, wanted] of examples) {
      const got = await door.ask(sent)
      if (wanted === undefined) t.equal(got, undefined, example)
      else t.match(got, wanted, example)
      if (Array.isArray(wanted)) t.equal((got as unknown[]).length, wanted.length)
    }
  })
}
