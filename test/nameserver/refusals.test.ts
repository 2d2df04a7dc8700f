/** What has no room does not make the log grow. */
import t from 'tap'
import {
  NameTakenError,
  NoQuorumError,
  OverloadedError,
  TooLargeError,
  type RollcallError,
} from '../../lib/rpc/errors.js'
import { Refusals, type Asked } from '../../nameserver/refusals.js'
import type { Refusal } from '../../nameserver/live-names.js'
import { ManualClock } from '../harness/manual-clock.js'

const A = ['name', 'a@localhost:1']
const already = (): Promise<void> => Promise.resolve()

function refusalsOf(refusal: () => Refusal) {
  const clock = new ManualClock()
  const refusals = new Refusals({ clock, registry: () => ({ refusal }) })
  const thrown = async (asked: Partial<Asked> = {}): Promise<unknown> => {
    try {
      await refusals.check({ params: A, caughtUp: already, ...asked })
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
  t.same([await thrown(), await thrown(), await thrown()], [undefined, full, full], 'the first one finds out')
  clock.advance(1_000)
  t.same([await thrown(), await thrown()], [undefined, full], 'and one a second, with which time goes on')
  shortage = undefined
  t.same([await thrown(), await thrown()], [undefined, undefined])
})

t.test('a name that somebody else has is refused, again and again', async (t) => {
  const objection = new NameTakenError('it is taken')
  const { thrown } = refusalsOf(() => ({ objection, shortage: undefined }))
  t.same([await thrown(), await thrown()], [objection, objection])
})

t.test('who has given the name up elsewhere before the call is not in its way', async (t) => {
  let objection: RollcallError | undefined = new NameTakenError('it is taken')
  const { thrown } = refusalsOf(() => ({ objection, shortage: undefined }))
  const caughtUp = async (): Promise<void> => void (objection = undefined)
  t.equal(await thrown({ caughtUp }), undefined)
})

t.test('who does not lead any more refuses nothing', async (t) => {
  const { thrown } = refusalsOf(() => ({ objection: new NameTakenError('it is taken'), shortage: undefined }))
  const another = new NoQuorumError('nobody confirms that')
  t.equal(await thrown({ caughtUp: () => Promise.reject(another) }), another)
})

t.test('where it is not settled yet who has a name, the log decides', async (t) => {
  const objection = new NameTakenError('it is taken')
  const { refusals, thrown } = refusalsOf(() => ({ objection, shortage: undefined }))
  let end: () => void = () => undefined
  const removed = refusals.during('name', () => new Promise<void>((resolve) => (end = resolve)))
  t.equal(await thrown(), undefined, 'a command of the same name is under way')
  end()
  await removed
  t.equal(await thrown(), objection)
})

t.test('what may come into the log does so in the turn in which it came', async (t) => {
  const { refusals } = refusalsOf(() => ({ objection: undefined, shortage: undefined }))
  t.equal(refusals.check({ params: A, caughtUp: already }), undefined)
})

t.test('what could never be registered is refused at once', async (t) => {
  const tooLarge = new TooLargeError('a name is too long')
  const { thrown } = refusalsOf(() => {
    throw tooLarge
  })
  t.equal(await thrown(), tooLarge)
})
