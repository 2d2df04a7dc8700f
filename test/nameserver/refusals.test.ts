/** What has no room does not make the log grow. */
import t from 'tap'
import { OverloadedError, TooLargeError } from '../../lib/rpc/errors.js'
import { Refusals } from '../../nameserver/refusals.js'
import { ManualClock } from '../harness/manual-clock.js'

t.test('bug: each name that a full name server refused came into its log', async (t) => {
  const clock = new ManualClock()
  const full = new OverloadedError('it is full')
  let shortage: OverloadedError | undefined = full
  const refusals = new Refusals(clock, () => ({ shortage: () => shortage }))
  const passed = (): boolean => {
    try {
      refusals.check(['name', 'a@localhost:1'])
      return true
    } catch (error) {
      t.equal(error, full)
      return false
    }
  }
  t.same([passed(), passed(), passed()], [true, false, false], 'the first one finds out')
  clock.advance(1_000)
  t.same([passed(), passed()], [true, false], 'and one a second, with which time goes on')
  shortage = undefined
  t.same([passed(), passed()], [true, true])
})

t.test('what could never be registered is refused at once', async (t) => {
  const tooLarge = new TooLargeError('a name is too long')
  const shortage = () => {
    throw tooLarge
  }
  const refusals = new Refusals(new ManualClock(), () => ({ shortage }))
  t.throws(() => refusals.check(['x'.repeat(1000)]), tooLarge)
})
