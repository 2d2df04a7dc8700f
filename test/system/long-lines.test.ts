import t from 'tap'
import type { Transport } from '../../lib/ports.js'
import { Daemon } from '../../lib/rpc/channels/daemon.js'
import { systemClock } from '../../lib/system/clock.js'
import { openListener } from '../../lib/system/listener.js'
import { Seats } from '../../lib/system/seats.js'
import { UnfinishedInput } from '../../lib/system/unfinished-input.js'
import { objectOf, RawClient, silentLogger } from '../rpc/rig.js'

const MIB = 1024 * 1024

/** Knows the most that was ever held. */
class WatchedInput extends UnfinishedInput {
  most = 0

  override holds(...change: Parameters<UnfinishedInput['holds']>): void {
    super.holds(...change)
    this.most = Math.max(this.most, this.bytes)
  }
}

t.test('of a message that is too long for what it calls hardly anything is kept', async (t) => {
  const unfinished = new WatchedInput(128 * MIB)
  const seats = new Seats({ connectionsMax: 100, now: () => 0, after: () => undefined })
  const options = {
    frameBytesMax: 16 * MIB,
    silenceMs: 60_000,
    pingMs: 60_000,
    keepAliveMs: 5_000,
    unfinished,
    seats,
  }
  const transport: Transport = {
    listen: (address, acceptor) => openListener(address, acceptor, options),
    dial: () => {
      throw new Error('a daemon does not dial')
    },
  }
  const daemon = new Daemon({ transport, clock: systemClock, logger: silentLogger })
  const member = objectOf({ hello: () => 'well' })
  const methods = new Map([...member.methods].map(([name, each]) => [name, { ...each, bytesMax: 65_536 }]))
  daemon.host.register('member', { methods })
  t.teardown(() => daemon.close())
  const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  if (address.kind !== 'tcp') throw new Error('a TCP address was asked for')
  const client = new RawClient(address)
  t.teardown(() => client.end())
  client.write(`{"jsonrpc":"2.0","id":7,"method":"member.hello","params":["${'x'.repeat(15 * MIB)}"]}\n`)
  t.match(await client.next(), {
    id: 7,
    error: { code: -32009, message: /member.hello.* at most 65536 bytes/ },
  })
  t.ok(unfinished.most < MIB, `${unfinished.most} bytes were held`)
  t.match(await client.write('{"jsonrpc":"2.0","id":8,"method":"member.hello"}\n').next(), {
    id: 8,
    result: 'well',
  })
})
