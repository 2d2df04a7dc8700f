/** What has no room does not make the log grow. */
import t from 'tap'
import { NameTakenError, OverloadedError, TooLargeError } from '../../lib/rpc/errors.js'
import { Refusals } from '../../nameserver/refusals.js'
import type { Refusal } from '../../nameserver/registry.js'
import { ManualClock } from '../harness/manual-clock.js'

function refusalsOf(refusal: () => Refusal, isCurrent = true) {
  const clock = new ManualClock()
  const refusals = new Refusals({ clock, registry: () => ({ refusal }), isCurrent: () => isCurrent })
  const thrown = (isBehind?: boolean): unknown => {
    try {
      refusals.check(['name', 'a@localhost:1'], isBehind)
      return undefined
    } catch (error) {
      return error
    }
  }
  return { clock, refusals, thrown }
}

t.test('bug: each name that a full name server refused came into its log', async (t) => {
  const full = new OverloadedError('it is full')
  let shortage: OverloadedError | undefined = full
  const { clock, thrown } = refusalsOf(() => ({ objection: undefined, shortage }))
  t.same([thrown(), thrown(), thrown()], [undefined, full, full], 'the first one finds out')
  clock.advance(1_000)
  t.same([thrown(), thrown()], [undefined, full], 'and one a second, with which time goes on')
  shortage = undefined
  t.same([thrown(), thrown()], [undefined, undefined])
})

t.test('a name that somebody else has is refused at once', async (t) => {
  const objection = new NameTakenError('it is taken')
  const { thrown } = refusalsOf(() => ({ objection, shortage: undefined }))
  t.same([thrown(), thrown()], [objection, objection])
})

t.test('where it is not settled yet who has a name, the log decides', async (t) => {
  const objection = new NameTakenError('it is taken')
  const refusal = (): Refusal => ({ objection, shortage: undefined })
  const { refusals, thrown } = refusalsOf(refusal)
  let end: () => void = () => undefined
  const removed = refusals.during('name', () => new Promise<void>((resolve) => (end = resolve)))
  t.equal(thrown(), undefined, 'a command of the same name is under way')
  await refusals.during('another', () => t.equal(thrown(), undefined))
  end()
  await removed
  t.equal(thrown(), objection)
  t.equal(thrown(true), undefined, 'it comes behind others of its message')
  t.equal(refusalsOf(refusal, false).thrown(), undefined, 'a new leader has not caught up yet')
})

t.test('what could never be registered is refused at once', async (t) => {
  const tooLarge = new TooLargeError('a name is too long')
  const { thrown } = refusalsOf(() => {
    throw tooLarge
  })
  t.equal(thrown(), tooLarge)
})
