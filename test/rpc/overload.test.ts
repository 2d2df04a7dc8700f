/** Connections that bring more than can be run, or leave more than can be kept. */
import t from 'tap'
import type { Holder } from '../../lib/ports.js'
import { Holdings } from '../../lib/rpc/answering/holdings.js'
import { connectionTo, objectOf, RawClient, silentLogger, startDaemon } from './rig.js'

const call = (id: number, method: string, params: unknown = []): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`

t.test('calls of one connection wait in its socket while those that run are too large', async (t) => {
  let most = 0
  const running: (() => void)[] = []
  let begun: () => void = () => undefined
  const slow = (): Promise<void> =>
    new Promise((resolve) => {
      most = Math.max(most, running.push(resolve))
      begun()
    })
  const { daemon, address } = await startDaemon(
    { it: objectOf({ slow }) },
    { limits: { inputBytesMax: 250_000 } },
  )
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const large = 'x'.repeat(100_000)
  client.write(Array.from({ length: 20 }, (_, id) => call(id, 'it.slow', [large])).join(''))
  const other = connectionTo(address)
  t.teardown(() => other.close())
  for (let answered = 0; answered < 20;) {
    while (running.length === 0) await new Promise<void>((resolve) => (begun = resolve))
    t.equal(await other.call('daemon.ping', []), 'pong', 'others are served meanwhile')
    for (const end of running.splice(0)) {
      end()
      answered += 1
      t.match(await client.next(), { result: null })
    }
  }
  t.equal(most, 3, 'the third goes above the limit, and is the last')
})

t.test('what cannot be read is answered, and does not fill its connection', async (t) => {
  const { daemon, address } = await startDaemon(
    { it: objectOf({ echo: ([value]) => value }) },
    { limits: { inputBytesMax: 1000 } },
  )
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const note = `${JSON.stringify({ jsonrpc: '2.0', method: 'it.echo', params: ['x'.repeat(400)] })}\n`
  client.write(`{"\n`.repeat(500) + note.repeat(10) + call(1, 'it.echo', ['well']))
  for (let i = 0; i < 500; i++) t.match(await client.next(), { error: { code: -32700 } })
  t.match(await client.next(), { id: 1, result: 'well' })
})

t.test('while all together leave too much unread, the worst is dropped and the others stay', async (t) => {
  const dropped: string[] = []
  const output = (name: string, heldBytes: number): Holder => {
    const it = { heldBytes, drop: () => (dropped.push(name), (it.heldBytes = 0)) }
    return it
  }
  const outputs = new Holdings(100)
  outputs.grown(output('small', 30))
  outputs.grown(output('large', 60))
  t.same(dropped, [])
  outputs.grown(output('late', 20))
  t.same(dropped, ['large'])
  const gone = output('gone', 50)
  outputs.grown(gone)
  outputs.closed(gone)
  outputs.grown(output('last', 50))
  t.same(dropped, ['large'], 'one that has closed counts no more')
})

t.test('clients that never read are dropped when they are too many, and who reads is served', async (t) => {
  const CLIENTS = 5
  const CALLS = 200
  const text = 'x'.repeat(100_000)
  let warn: (sentence: string) => void = () => undefined
  const warned = new Promise<string>((resolve) => (warn = resolve))
  const logger = { ...silentLogger, warn }
  let begun = 0
  let answer: () => void = () => undefined
  const all = new Promise<void>((resolve) => (answer = resolve))
  // All run before the first is answered: a connection that is full begins no more calls, and would hold nothing.
  const big = async (): Promise<string> => {
    if (++begun === CALLS * CLIENTS) answer()
    await all
    return text
  }
  const { daemon, address } = await startDaemon(
    { it: objectOf({ big }) },
    { logger, limits: { heldBytesTotalMax: 20_000_000 } },
  )
  t.teardown(() => daemon.close())
  const silent = Array.from({ length: CLIENTS }, () => new RawClient(address))
  t.teardown(() => silent.forEach((client) => client.end()))
  for (const client of silent) {
    client.socket.pause()
    client.write(Array.from({ length: CALLS }, (_, id) => call(id, 'it.big')).join(''))
  }
  t.match(await warned, /does not read its answers/)
  const other = connectionTo(address)
  t.teardown(() => other.close())
  t.equal(await other.call('it.big', []), text)
})
