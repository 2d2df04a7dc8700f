/** How long an atomic entry may take. */
import t from 'tap'
import { AtomicEntry } from '../../../lib/client/atomic-entry.js'
import { ms } from '../../../lib/ports.js'
import type { Caller } from '../../../lib/rpc/calling/caller.js'
import { objectIdOf } from '../../../lib/rpc/uri.js'

t.test('the time of an atomic entry counts once, however long its objects are looked for', async (t) => {
  let nowMs = 1_000
  const left: unknown[] = []
  const target = { name: 'kv' }
  const caller = {
    locate: () => {
      nowMs += 700
      return Promise.resolve({ objectId: objectIdOf('kv'), said: { methods: new Map(), cluster: 'one' } })
    },
    callBeside: (...call: Parameters<Caller['callBeside']>) => {
      left.push(call[5].timeoutMs)
      return Promise.resolve([null])
    },
  }
  const entry = new AtomicEntry(caller, { now: () => ms(nowMs) })
  const done = entry.add({ object: { name: 'kv', target }, method: 'set', params: [], options: undefined })
  await entry.send({ timeoutMs: 1_000 })
  await done
  t.same(left, [300])
})
