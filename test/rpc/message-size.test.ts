import t from 'tap'
import { TooLargeError } from '../../lib/rpc/errors.js'
import { bytesAtMost, holdsTooMuch, VALUES_MAX } from '../../lib/rpc/messages/message-size.js'
import { connectionTo, objectOf, RawClient, startDaemon } from './rig.js'

t.test('values and names count wherever they stand, but not what is within strings', async (t) => {
  const list = (count: number): string => `[${'1,'.repeat(count - 2)}1]`
  t.notOk(holdsTooMuch(list(VALUES_MAX)))
  t.ok(holdsTooMuch(list(VALUES_MAX + 2)))
  t.ok(holdsTooMuch('['.repeat(VALUES_MAX + 1)))
  t.ok(holdsTooMuch(`[${'{"a":0},'.repeat(VALUES_MAX / 2)}0]`))
  t.notOk(holdsTooMuch(`["${'[{:,'.repeat(VALUES_MAX)}"]`))
  t.notOk(holdsTooMuch(`["${'\\"[{:,'.repeat(VALUES_MAX)}"]`))
  t.notOk(holdsTooMuch(`["${'\\\\'.repeat(VALUES_MAX)}",${'"\\\\",'.repeat(1000)}0]`))
  t.notOk(holdsTooMuch(`"${'\\'.repeat(VALUES_MAX + 1)}`), 'a string without an end')
})

t.test('what would hold up the process to be parsed is refused, and the connection goes on', async (t) => {
  const { daemon, address } = await startDaemon({
    object: objectOf({ lengthOf: ([text]) => (typeof text === 'string' ? text.length : 0) }),
  })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const bombs = ['['.repeat(7_000_000), `[${'{},'.repeat(5_000_000)}0]`, `{"a":[${'0,'.repeat(7_000_000)}0]}`]
  const small = ['['.repeat(VALUES_MAX + 1), `[${'0,'.repeat(VALUES_MAX)}0]`]
  for (const bomb of [...bombs, ...small]) {
    t.match(await client.write(`${bomb}\n`).next(), { id: null, error: { code: -32009, message: /values/ } })
  }
  const params = JSON.stringify(['[{:,'.repeat(1_000_000)])
  client.write(`{"jsonrpc":"2.0","id":1,"method":"object.lengthOf","params":${params}}\n`)
  t.match(await client.next(), { id: 1, result: 4_000_000 })
})

t.test('params and results that are too long in bytes hurt their own call only', async (t) => {
  let release: () => void = () => undefined
  const held = new Promise<string>((resolve) => (release = () => resolve('held')))
  const long = 'é'.repeat(9 * 1024 * 1024)
  const object = objectOf({ held: () => held, long: () => long, echo: ([value]) => value })
  const { daemon, address } = await startDaemon({ object })
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  const other = connection.call('object.held', [])
  await t.rejects(connection.call('object.echo', [long]), TooLargeError)
  await t.rejects(connection.call('object.echo', ['x'.repeat(16 * 1024 * 1024 - 50)]), TooLargeError)
  await t.rejects(connection.call('object.echo', [new Array<number>(VALUES_MAX).fill(0)]), TooLargeError)
  const tooLarge = await connection.call('object.long', []).catch((error: unknown) => error)
  t.match(tooLarge, { outcome: 'executed', remote: { name: 'ResultTooLarge' } })
  release()
  t.equal(await other, 'held')
})

t.test('the bytes of a long text are counted as they will be, whatever its characters are', async (t) => {
  for (const part of ['x', 'é', '€', '\u{1f600}', 'x\u{1f600}', '\ud800', '\udc00x'])
    for (const length of [1025, 16_384, 16_385, 100_001]) {
      const text = part.repeat(length)
      t.equal(bytesAtMost(text), Buffer.byteLength(text), `${length} times ${JSON.stringify(part)}`)
    }
})
