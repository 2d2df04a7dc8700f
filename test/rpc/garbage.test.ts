import t from 'tap'
import { objectOf, RawClient, startDaemon } from './rig.js'

t.test(
  'a million bytes of lines that are no calls end their connection after a thousand, with a word',
  async (t) => {
    const { daemon, address } = await startDaemon({ it: objectOf({ echo: ([value]) => value }) })
    t.teardown(() => daemon.close())
    for (const line of ['{"', '1', '{}', '[]', 'null']) {
      const client = new RawClient(address).write(
        '{"jsonrpc":"2.0","id":1,"method":"it.echo","params":[1]}\n',
      )
      t.match(await client.next(), { id: 1, result: 1 })
      client.write(`${line}\n`.repeat(1_000_000 / (line.length + 1)))
      await client.over()
      t.equal(client.lines.length, 1002, line)
      t.match(JSON.parse(client.lines.at(-1) ?? ''), {
        error: { code: -32600, message: /this connection ends/ },
      })
    }
  },
)

t.test('a call in between shows that they belong to one who can speak', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ echo: ([value]) => value }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const call = '{"jsonrpc":"2.0","id":1,"method":"it.echo","params":[1]}\n'
  client.write(`${'{"\n'.repeat(900)}${call}`.repeat(3))
  for (let n = 0; n < 3 * 900 + 2; n++) await client.next()
  t.match(await client.next(), { id: 1, result: 1 })
})
