/** Each message as a line, for whoever looks for what two programs have said to each other. */
import t, { type Test } from 'tap'
import { connect, exposed, startDaemon, type DaemonOptions } from '../../api.js'
import { RawClient } from './rig.js'

interface Echo {
  say(text: string): string
}

async function scene(t: Test, options: DaemonOptions) {
  const daemon = await startDaemon(options)
  const echo: Echo = { say: (text) => text }
  const uri = daemon.register(exposed(echo, ['say']), { id: 'echo' })
  t.teardown(() => daemon.close())
  return { place: daemon.place, uri }
}

t.test('both ends tell each message, out and in, with the other end’s place', async (t) => {
  const told = { server: [] as string[], client: [] as string[] }
  const { uri, place } = await scene(t, { logWire: (line) => told.server.push(line) })
  const client = await connect({ logWire: (line) => told.client.push(line) })
  t.teardown(() => client.close())
  t.equal(await client.object<Echo>(uri).say('hello'), 'hello')
  const sent = told.client.find((line) => line.includes('"echo.say"')) ?? ''
  t.ok(sent.startsWith(`to ${place}: {"jsonrpc":"2.0"`), sent)
  t.match(told.client.at(-1), /^from .*"result":"hello"/)
  const message = sent.slice(sent.indexOf('{'))
  t.ok(told.server.some((line) => /^from 127\.0\.0\.1:\d+: /.test(line) && line.endsWith(message)))
  t.match(told.server.at(-1), /^to 127\.0\.0\.1:\d+: .*"result":"hello"/)
})

t.test('messages of HTTP are told, too', async (t) => {
  const told: string[] = []
  const { place } = await scene(t, { logWire: (line) => told.push(line) })
  const headers = { 'content-type': 'application/json' }
  const body = '{"jsonrpc":"2.0","id":7,"method":"echo.say","params":["x"]}'
  await (await fetch(`http://${place}/`, { method: 'POST', headers, body })).text()
  t.match(told, [/^from \S+: .*"echo\.say"/, /^to \S+: \{"jsonrpc":"2\.0","id":7,"result":"x"\}$/])
})

t.test('tokens are left out, however they are written', async (t) => {
  const told: string[] = []
  const { uri, place } = await scene(t, { logWire: (line) => told.push(line) })
  const client = await connect({ token: 'secret"1', logWire: (line) => told.push(line) })
  t.teardown(() => client.close())
  await client.object<Echo>(uri).say('x')
  const [host = '', port] = place.split(':')
  const raw = new RawClient({ kind: 'tcp', host, port: Number(port) })
  const call = '{"jsonrpc":"2.0","id":1,"method":"echo.say","params":["x"]'
  raw.write(
    `${call},"meta":{"to\\u006Ben" : "secret2"}}\n${call},"meta":{"token":"${'x'.repeat(2_000)}secret3"}}\n`,
  )
  await raw.next()
  await raw.next()
  raw.write(`${call},"meta":{"token":"secret4\\\n`)
  t.match(await raw.next(), { error: { code: -32700 } }, 'a message may end amid a token')
  raw.end()
  t.ok(told.filter((line) => line.includes('"…"')).length >= 4, told.join('\n'))
  t.notMatch(told.join('\n'), /secret/)
})

t.test('long ones are cut, and nothing in them moves the cursor', async (t) => {
  const told: string[] = []
  const { place } = await scene(t, { logWire: (line) => told.push(line) })
  const headers = { 'content-type': 'application/json' }
  await (
    await fetch(`http://${place}/`, { method: 'POST', headers, body: `\u001b[2J${'x'.repeat(5_000)}` })
  ).text()
  t.match(told[0], /^from \S+: \\u001b\[2Jx+… \(4004 more\)$/)
})
