/** A name of the DNS may stand for another address by now. */
import dns from 'node:dns'
import t, { type Test } from 'tap'
import { Daemon } from '../../lib/rpc/channels/daemon.js'
import { systemClock } from '../../lib/system/clock.js'
import { createTransport } from '../../lib/system/transport.js'
import { freePorts } from '../harness/free-ports.js'
import { connectionTo, objectOf, silentLogger } from '../rpc/rig.js'

const NAME = 'moves.example'

type Tell = (error: null, found: readonly dns.LookupAddress[]) => void

/** Who asks for the name is told what stands in `place`. */
function resolving(t: Test): { place: string } {
  const told = { place: '127.0.0.1' }
  const { lookup } = dns
  t.teardown(() => Object.assign(dns, { lookup }))
  const answer = (host: string, _: dns.LookupAllOptions, tell: Tell): void => {
    t.equal(host, NAME)
    process.nextTick(tell, null, [{ address: told.place, family: 4 }])
  }
  Object.assign(dns, { lookup: answer })
  return told
}

async function serving(t: Test, host: string, port: number): Promise<Daemon> {
  const daemon = new Daemon({ transport: createTransport(), clock: systemClock, logger: silentLogger })
  daemon.host.register('it', objectOf({ where: () => host }))
  t.teardown(() => daemon.close())
  await daemon.listen({ kind: 'tcp', host, port })
  return daemon
}

t.test('whoever has moved is found where its name leads to by then', async (t) => {
  const [port = 0] = await freePorts(1)
  const before = await serving(t, '127.0.0.1', port)
  await serving(t, '127.0.0.2', port)
  const told = resolving(t)
  const connection = connectionTo({ kind: 'tcp', host: NAME, port })
  t.teardown(() => connection.close())
  t.equal(await connection.call('it.where', []), '127.0.0.1')
  told.place = '127.0.0.2'
  await before.close()
  // What is sent before the end is heard of has met who was there.
  await connection.call('it.where', []).catch(() => undefined)
  t.equal(await connection.call('it.where', []), '127.0.0.2')
})
