/** What is asked for too often, at one time, is refused until there were answers. */
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { ms } from '../../lib/ports.js'
import { ExportedStream } from '../../lib/rpc/handing/exported-stream.js'
import { Outgoing } from '../../lib/rpc/channels/outgoing.js'
import { systemClock } from '../../lib/system/clock.js'
import { ManualClock } from '../harness/manual-clock.js'

t.test('a stream that is being asked is asked again once it has answered', async (t) => {
  let give: () => void = () => undefined
  async function* items(): AsyncGenerator<number> {
    await new Promise<void>((resolve) => (give = resolve))
    yield 1
    yield 2
  }
  const ignored = (): undefined => undefined
  const stream = new ExportedStream(items(), {
    clock: systemClock,
    writtenItem: (item) => item,
    waits: ignored,
    holds: ignored,
    over: ignored,
  })
  const first = stream.next(1, true)
  await t.rejects(stream.next(1, true), {
    label: 'INVALID_REQUEST',
    message: 'this stream is being asked already: wait for that answer',
  })
  give()
  await first
  await t.resolves(stream.next(1, true))
  stream.end()
})

t.test('who has sent all that may wait for an answer waits for answers', async (t) => {
  const clock = new ManualClock()
  const sent: string[] = []
  const channel = { send: (text: string) => void sent.push(text), bufferedBytes: 0 }
  const outgoing = new Outgoing({
    channel,
    clock,
    name: 'there',
    parcel: () => ({ meet: () => undefined, refer: () => undefined, decline: () => undefined }),
    callsMax: 1,
  })
  const ask = (): Promise<Json> =>
    new Promise((resolve, reject) => {
      const rest = '"method":"it.ask","params":[]}'
      outgoing.call({ method: 'it.ask', rest, deadline: ms(clock.now() + 60_000), resolve, reject })
    })
  const first = ask()
  await t.rejects(ask(), {
    label: 'OVERLOADED',
    message: /not sent, as 1 calls wait for an answer from there: wait for answers before you send more$/,
  })
  t.equal(sent.length, 1)
  outgoing.answered({ id: 1, result: 7 })
  t.equal(await first, 7)
})
