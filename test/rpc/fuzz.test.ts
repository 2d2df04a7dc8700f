import fc from 'fast-check'
import t from 'tap'
import { createTransport } from '../../lib/system/transport.js'
import { connectionTo, objectOf, RawClient, startDaemon } from './rig.js'

const valid = '{"jsonrpc":"2.0","id":1,"method":"it.echo","params":["hello",{"a":[1,2]}],"meta":{"seq":1}}\n'
const http =
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n'

const mutated = fc
  .tuple(
    fc.constantFrom(valid, `[${valid.trim()},${valid.trim()}]\n`, http + valid),
    fc.nat(),
    fc.uint8Array({ maxLength: 8 }),
  )
  .map(([text, where, bytes]) => {
    const source = Buffer.from(text)
    const at = where % source.length
    return Buffer.concat([source.subarray(0, at), bytes, source.subarray(at + bytes.length)])
  })

t.test('whatever is sent, the daemon lives and serves the others', async (t) => {
  const transport = createTransport({ frameBytesMax: 4096, silenceMs: 1000 })
  const { daemon, address } = await startDaemon({ it: objectOf({ echo: ([value]) => value }) }, { transport })
  t.teardown(() => daemon.close())
  const witness = connectionTo(address)
  t.teardown(() => witness.close())
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    mutated,
    fc.json().map((json) => Buffer.from(`${json}\n`)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 5 }), async (pieces) => {
      const client = new RawClient(address)
      for (const piece of pieces) client.write(piece)
      const answer = await witness.call('it.echo', ['alive'])
      client.end()
      return answer === 'alive'
    }),
    { numRuns: 150 },
  )
  t.equal(await witness.call('daemon.ping', []), 'pong')
})
