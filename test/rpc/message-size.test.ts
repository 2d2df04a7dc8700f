import t from 'tap'
import { holdsTooMuch, VALUES_MAX } from '../../lib/rpc/message-size.js'
import { objectOf, RawClient, startDaemon } from './rig.js'

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
    object: objectOf({ count: ([list]) => String(list).length }),
  })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const bombs = ['['.repeat(7_000_000), `[${'{},'.repeat(5_000_000)}0]`, `{"a":[${'0,'.repeat(7_000_000)}0]}`]
  for (const bomb of bombs) {
    t.match(await client.write(`${bomb}\n`).next(), { id: null, error: { code: -32009, message: /values/ } })
  }
  const params = JSON.stringify(['[{:,'.repeat(1_000_000)])
  client.write(`{"jsonrpc":"2.0","id":1,"method":"object.count","params":${params}}\n`)
  t.match(await client.next(), { id: 1, result: 4_000_000 })
})
