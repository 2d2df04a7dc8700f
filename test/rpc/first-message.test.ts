/** A connection has some time for its first message; that the message itself takes longer is no silence. */
import t from 'tap'
import type { Channel } from '../../lib/ports.js'
import { Holdings } from '../../lib/rpc/answering/holdings.js'
import { JsonRpc } from '../../lib/rpc/answering/jsonrpc.js'
import { DEFAULT_LIMITS } from '../../lib/rpc/limits.js'
import { ServedChannel } from '../../lib/rpc/channels/served-channel.js'
import { SignsOfLife } from '../../lib/rpc/answering/signs-of-life.js'
import { Turns } from '../../lib/rpc/answering/turns.js'
import { ManualClock } from '../harness/manual-clock.js'
import { silentLogger } from './rig.js'

const { silenceMs } = DEFAULT_LIMITS
const CALL = '{"jsonrpc":"2.0","id":1,"method":"it.is"}'

/** `isShown`: of whoever is at the other end, once he has called. */
function scene(kind: Channel['kind'] = 'lines', isShown: () => boolean = () => true) {
  const clock = new ManualClock()
  const turns = new Turns(clock)
  const channel: Channel & { unfinishedBytes: number; isOpen: boolean; said: string[] } = {
    kind,
    said: [],
    remote: 'there',
    bufferedBytes: 0,
    unfinishedBytes: 0,
    isOpen: true,
    send: (message) => void channel.said.push(message),
    pause: () => undefined,
    resume: () => undefined,
    sign: () => undefined,
    close: () => void (channel.isOpen = false),
    destroy: () => void (channel.isOpen = false),
  }
  const rpc = new JsonRpc({
    clock,
    run: (_, connection, settle) => {
      connection.calls?.began(false)
      settle({ result: 'null' })
      connection.calls?.ended(false)
    },
    batchMax: 1000,
    frameBytesMax: 1_000_000,
    bytesMax: () => 1_000_000,
  })
  const signs = new SignsOfLife(clock)
  const shared = {
    holdings: new Holdings(1e9),
    signs,
    isShown,
    judging: () => undefined,
    logger: silentLogger,
  }
  const served = new ServedChannel(channel, { ...shared, rpc, clock, turns, limits: DEFAULT_LIMITS })
  return { clock, turns, channel, served }
}

t.test('one that takes minutes to come in is waited for, and the connection stays', async (t) => {
  const { clock, channel, served } = scene()
  for (let n = 0; n < 20; n++) {
    channel.unfinishedBytes += 10 * 1024
    clock.advance(silenceMs)
  }
  t.ok(channel.isOpen)
  channel.unfinishedBytes = 0
  served.message(CALL)
  clock.advance(10 * silenceMs)
  t.ok(channel.isOpen)
})

t.test('a byte now and then keeps nobody in', async (t) => {
  const { clock, channel } = scene()
  channel.unfinishedBytes = 20 * 1024
  clock.advance(silenceMs)
  t.ok(channel.isOpen)
  channel.unfinishedBytes += 1
  clock.advance(silenceMs)
  t.notOk(channel.isOpen)
})

t.test('who has said nothing in that time is closed, and whose call waits for its turn is not', async (t) => {
  const silent = scene()
  silent.clock.advance(silenceMs)
  t.notOk(silent.channel.isOpen)
  const { clock, turns, channel, served } = scene()
  for (let n = 0; n < 128; n++) turns.ended()
  served.message(CALL)
  clock.advance(silenceMs)
  t.ok(channel.isOpen)
})

for (const kind of ['lines', 'websocket'] as const)
  t.test(
    `${kind}: who has called and not shown in that time who it is hears so, and is closed`,
    async (t) => {
      const { clock, channel, served } = scene(kind, () => false)
      served.message(CALL)
      t.notOk(served.isKnown)
      channel.said.length = 0
      clock.advance(silenceMs)
      t.notOk(channel.isOpen)
      t.match(channel.said, [/"code":-32007,.*has not shown who it is by a token or a certificate/])
    },
  )

t.test('who shows it only with a later call stays', async (t) => {
  let isShown = false
  const { clock, channel, served } = scene('websocket', () => isShown)
  served.message(CALL)
  clock.advance(silenceMs / 2)
  isShown = true
  served.message(CALL)
  clock.advance(10 * silenceMs)
  t.ok(channel.isOpen)
  t.ok(served.isKnown)
})
