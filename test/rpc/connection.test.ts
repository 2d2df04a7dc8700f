import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import type { TcpAddress } from './rig.js'
import { connectionTo, objectOf, startDaemon } from './rig.js'

/** A server that does with each socket what the test says. */
async function peer(
  t: { teardown(end: () => void): void },
  serve: (socket: Socket) => void,
): Promise<TcpAddress> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

t.test('many calls in flight each get their own answer', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ echo: ([value]) => value }) })
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  const numbers = Array.from({ length: 2000 }, (_, index) => index)
  t.same(await Promise.all(numbers.map((number) => connection.call('it.echo', [number]))), numbers)
})

t.test('nobody listens: the call was not executed', async (t) => {
  const { daemon, address } = await startDaemon({})
  await daemon.close()
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await t.rejects(connection.call('it.echo', []), {
    name: 'UnreachableError',
    outcome: 'not-executed',
    message: /it\.echo at 127/,
  })
})

t.test('the connection breaks after the call was sent: its outcome is unknown', async (t) => {
  const address = await peer(t, (socket) => socket.once('data', () => socket.destroy()))
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await t.rejects(connection.call('it.echo', []), {
    name: 'OutcomeUnknownError',
    outcome: 'unknown',
    noAnswer: 'broken',
  })
})

t.test(
  'time is over after the call was sent: its outcome is unknown, and the connection stays',
  async (t) => {
    const { daemon, address } = await startDaemon({
      it: objectOf({ never: () => new Promise(() => undefined) }),
    })
    t.teardown(() => daemon.close())
    const connection = connectionTo(address)
    t.teardown(() => connection.close())
    await connection.call('daemon.ping', [])
    await t.rejects(connection.call('it.never', [], { timeoutMs: 10 }), {
      name: 'OutcomeUnknownError',
      noAnswer: 'silent',
    })
    t.equal(connection.state, 'open')
  },
)

t.test('a server that accepts and never answers is noticed by the heartbeat', async (t) => {
  const address = await peer(t, () => undefined)
  const connection = connectionTo(address, { heartbeatMs: 10 })
  t.teardown(() => connection.close())
  await t.rejects(connection.call('it.echo', []), {
    name: 'OutcomeUnknownError',
    message: /gone silent/,
    noAnswer: 'silent',
  })
})

t.test('a malformed answer ends the connection', async (t) => {
  for (const answer of [
    'nonsense',
    '[]',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}',
  ]) {
    const address = await peer(t, (socket) => socket.on('data', () => socket.write(`${answer}\n`)))
    const connection = connectionTo(address)
    await t.rejects(
      connection.call('it.echo', []),
      { name: 'OutcomeUnknownError', message: /no response/, noAnswer: 'broken' },
      answer,
    )
    connection.close()
  }
})

t.test('an answer that nobody waits for is ignored', async (t) => {
  const address = await peer(t, (socket) =>
    socket.on('data', () =>
      socket.write('{"jsonrpc":"2.0","id":77,"result":1}\n{"jsonrpc":"2.0","id":1,"result":2}\n'),
    ),
  )
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  t.equal(await connection.call('it.echo', []), 2)
})

t.test('hello comes first on every connection, and calls wait for it', async (t) => {
  const heard: string[] = []
  const it = objectOf({ hello: () => void heard.push('hello'), work: () => void heard.push('work') })
  const { daemon, address } = await startDaemon({ it })
  const connection = connectionTo(address, { hello: (call) => call('it.hello', []).then(() => undefined) })
  t.teardown(() => connection.close())
  await Promise.all([connection.call('it.work', []), connection.call('it.work', [])])
  t.same(heard, ['hello', 'work', 'work'])
  await daemon.close()
  await t.rejects(connection.call('it.work', []))
  const again = await startDaemon({}).then(({ daemon: other }) => other)
  again.host.register('it', it)
  t.teardown(() => again.close())
  await again.listen(address)
  await connection.call('it.work', [])
  t.same(heard.slice(3), ['hello', 'work'])
})

t.test('a hello that is refused fails the calls that wait, unsent', async (t) => {
  const { daemon, address } = await startDaemon({})
  t.teardown(() => daemon.close())
  const connection = connectionTo(address, { hello: (call) => call('no.hello', []).then(() => undefined) })
  t.teardown(() => connection.close())
  await t.rejects(connection.call('daemon.ping', []), { name: 'UnreachableError', message: /hello/ })
})

t.test('closing rejects what is in flight and everything after', async (t) => {
  const { daemon, address } = await startDaemon({
    it: objectOf({ never: () => new Promise(() => undefined) }),
  })
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  await connection.call('daemon.ping', [])
  const inFlight = t.rejects(connection.call('it.never', []), { name: 'OutcomeUnknownError' })
  connection.close()
  await inFlight
  await t.rejects(connection.call('it.never', []), { name: 'UnreachableError' })
})

t.test('params that JSON can not carry are refused here', async (t) => {
  const { daemon, address } = await startDaemon({})
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  const params: unknown[] = []
  params.push(params)
  await t.rejects(connection.call('it.echo', params as never), { name: 'InvalidParamsError' })
})

t.test('a notification runs and is not answered', async (t) => {
  let heard: (value: unknown) => void = () => undefined
  const told = new Promise((resolve) => (heard = resolve))
  const { daemon, address } = await startDaemon({ it: objectOf({ tell: ([value]) => heard(value) }) })
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await connection.call('daemon.ping', [])
  connection.notify('it.tell', ['news'])
  t.equal(await told, 'news')
})
