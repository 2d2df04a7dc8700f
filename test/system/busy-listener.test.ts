/** Whoever has sent what it had to send in time is not shut out because this process was busy. */
import { once } from 'node:events'
import t from 'tap'
import { createTransport } from '../../lib/system/transport.js'
import { objectOf, RawClient, startDaemon } from '../rpc/rig.js'

const SILENCE_MS = 200

/** A connection to a listener that has little patience. */
async function visitor(t: { teardown(task: () => unknown): void }): Promise<RawClient> {
  const transport = createTransport({ silenceMs: SILENCE_MS })
  const { daemon, address } = await startDaemon({ it: objectOf({ one: () => 1 }) }, { transport })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  return client
}

/** What is written goes to the system at once; nothing is read until there was no patience left for it. */
function writeAndBeBusy(client: RawClient, text: string): void {
  client.write(text)
  const end = performance.now() + 2.5 * SILENCE_MS
  while (performance.now() < end);
}

t.test('the rest of a line that waits to be read', async (t) => {
  const client = await visitor(t)
  client.write('{"jsonrpc":"2.0","id":1,"method":"it.one"}\n{"jsonrpc":"2.0",')
  t.match(await client.next(), { id: 1, result: 1 })
  writeAndBeBusy(client, '"id":2,"method":"it.one"}\n')
  t.match(await client.next(), { id: 2, result: 1 })
})

t.test('the rest of a body of HTTP that waits to be read', async (t) => {
  const client = await visitor(t)
  const body = '{"jsonrpc":"2.0","id":1,"method":"it.one"}'
  const heads = [
    'POST / HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    'Expect: 100-continue',
  ]
  client.write(`${heads.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n`)
  const [word] = (await once(client.socket, 'data')) as [string]
  t.match(word, /^HTTP\/1.1 100/)
  let heard = ''
  client.socket.on('data', (text: string) => (heard += text))
  writeAndBeBusy(client, body)
  await client.over()
  t.match(heard, /200 OK[^]*"result":1/)
})
