/** What a connection tells those who let it be read. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { Visit } from '../../lib/system/visit.js'

/** A connection that has come in, whoever has sent it, and what of it was read. */
async function visited(t: Test): Promise<{ visit: Visit; guest: Socket; received: string[] }> {
  const server = createServer({ pauseOnConnect: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const guest = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [Socket]
  t.teardown(() => {
    guest.destroy()
    socket.destroy()
    server.close()
  })
  const acceptor = {
    accept: () => ({ message: () => undefined, drained: () => undefined, closed: () => undefined }),
    exchange: async () => undefined,
    page: async () => undefined,
    refuse: () => 'refused',
  }
  const received: string[] = []
  const visit = new Visit(socket, acceptor, {
    receive: ({ socket }) => socket.on('data', (bytes) => received.push(String(bytes))).resume(),
    secured: () => undefined,
  })
  return { visit, guest, received }
}

t.test('what has come in is received once it is read, and tells that it was heard, once', async (t) => {
  const { visit, guest, received } = await visited(t)
  t.equal(visit.stopReading(), false, 'nobody reads it yet')
  visit.read()
  t.equal(visit.wasHeard(), false)
  guest.write('first')
  await once(visit.socket, 'data')
  t.same(received, ['first'])
  t.equal(visit.wasHeard(), true)
  t.equal(visit.wasHeard(), false)
})

t.test('what is stopped is heard no more until it is read again', async (t) => {
  const { visit, guest, received } = await visited(t)
  visit.read()
  guest.write('first')
  await once(visit.socket, 'data')
  t.equal(visit.wasHeard(), true)
  t.equal(visit.stopReading(), true)
  t.equal(visit.stopReading(), false, 'it is stopped already')
  guest.write('second')
  const another = await visited(t)
  another.visit.read()
  another.guest.write('of another one')
  await once(another.visit.socket, 'data')
  t.same(received, ['first'])
  t.equal(visit.wasHeard(), false)
  visit.read()
  await once(visit.socket, 'data')
  t.same(received, ['first', 'second'])
  t.equal(visit.wasHeard(), true)
})

t.test('what has ended is neither read nor stopped', async (t) => {
  const { visit, received } = await visited(t)
  visit.socket.destroy()
  visit.read()
  t.same(received, [])
  await once(visit.socket, 'close')
  t.equal(visit.stopReading(), false)
})
