/** While a call's place is being looked for, whoever waits hears in under a second what is known. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { connect } from '../../../lib/system/connect.js'
import { objectOf, startDaemon } from '../../rpc/rig.js'
import { NameNotFoundError } from '../../../lib/rpc/errors.js'

/** Takes connections and says nothing, as a firewall does that swallows what is sent. */
async function silence(t: Test): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined).resume()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The first that is said. Whoever waits goes on waiting until the test ends. */
async function firstWord(t: Test, nameserver: string, members: string[], name: string): Promise<string> {
  const client = await connect({ nameserver, members })
  t.teardown(() => client.close())
  return new Promise((resolve) => {
    client.call(name, 'get', ['x'], { onWaiting: resolve }).catch(() => undefined)
  })
}

t.test('a name server that does not answer is named', async (t) => {
  const place = await silence(t)
  t.equal(
    await firstWord(t, place, [], 'kvv'),
    `kvv.get: where it is, is not known yet; no answer so far from ${place}`,
  )
})

t.test('who has answered is not named, who has not is', async (t) => {
  const lookup = (): never => {
    throw new NameNotFoundError('nobody is registered')
  }
  const { daemon, address } = await startDaemon({ nameserver: objectOf({ lookup }) })
  t.teardown(() => daemon.close())
  const place = await silence(t)
  t.equal(
    await firstWord(t, `${address.host}:${address.port}`, [`node1@${place}`], 'kvv'),
    `kvv.get: where it is, is not known yet; no answer so far from ${place}`,
  )
})

t.test('a place that was given and does not answer is named', async (t) => {
  const place = await silence(t)
  t.equal(
    await firstWord(t, 'localhost:1', [], `kv@${place}`),
    `kv@${place}.get: it could not be sent yet; no answer so far from kv@${place}`,
  )
})

t.test('bug: a listener that throws at such a word ended the process; its call fails with it', async (t) => {
  const client = await connect({ nameserver: await silence(t), members: [] })
  t.teardown(() => client.close())
  const error = new Error('the listener broke')
  const onWaiting = (): never => {
    throw error
  }
  t.equal(await client.call('kv', 'get', ['x'], { onWaiting }).catch((thrown: unknown) => thrown), error)
})
