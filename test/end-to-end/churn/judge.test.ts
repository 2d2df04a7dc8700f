import t from 'tap'
import { OutcomeUnknownError, NoQuorumError, RemoteError } from '../../../lib/rpc/errors.js'
import { judge, type Copy } from './judge.js'
import { keyOf, Ledger, textOf } from './ledger.js'

/** Two appends and two increments acknowledged, one of each unknown, one of each refused. */
function ledger(): Ledger {
  const told = new Ledger()
  told.appended.set('a', 1).set('b', 2)
  told.appendFailed('perhaps', new OutcomeUnknownError('leadership was lost'))
  told.appendFailed('never', new NoQuorumError('one of three'))
  told.values.push(1, 2)
  told.incrementFailed(new OutcomeUnknownError('leadership was lost'))
  told.incrementFailed(new NoQuorumError('one of three'))
  return told
}

const copy = (keys: readonly string[], counter = 2, id = 'node4'): Copy => ({ id, keys, counter })
const verdict = (keys: readonly string[], counter?: number) => judge(ledger(), [copy(keys, counter)])

t.test(
  'nothing is wrong when all that was acknowledged is there once, and the unknown at most once',
  async (t) => {
    t.same(verdict(['a', 'b']), [])
    t.same(verdict(['a', 'b', 'perhaps'], 3), [])
    t.same(judge(ledger(), [copy(['a', 'b']), copy(['a', 'b'], 2, 'node5')]), [])
  },
)

t.test('an acknowledged append that is lost or elsewhere is noticed', async (t) => {
  t.match(verdict(['a']), [/^node4: 1 acknowledged appends are not at their place: b$/])
  t.match(verdict(['b', 'a']), [/^node4: 2 acknowledged/])
})

t.test('a command that is there twice is noticed, acknowledged or unknown', async (t) => {
  t.match(verdict(['a', 'b', 'a']), [/^node4: 1 appends are there twice: a$/])
  t.match(verdict(['a', 'b', 'perhaps', 'perhaps']), [/twice: perhaps$/])
})

t.test('a command that was said not to have run, or that nobody sent, is noticed', async (t) => {
  t.match(verdict(['a', 'b', 'never']), [/said not to have run: never$/])
  t.match(verdict(['a', 'b', 'phantom']), [/that nobody sent: phantom$/])
})

t.test('a counter that misses an increment, or has one too many, is noticed', async (t) => {
  t.match(verdict(['a', 'b'], 1), [/^node4: the counter is 1, not from 2 to 3$/])
  t.match(verdict(['a', 'b'], 4), [/^node4: the counter is 4, not from 2 to 3$/])
})

t.test('two increments with one answer are noticed', async (t) => {
  const told = ledger()
  told.values[1] = 1
  t.match(judge(told, [copy(['a', 'b'])]), [/^1 increments were answered with the value of another one$/])
})

t.test('members that differ are noticed', async (t) => {
  const wrong = judge(ledger(), [copy(['a', 'b', 'perhaps'], 3), copy(['a', 'b'], 2, 'node5')])
  t.match(wrong, [/^node5: 2 entries differ from those of node4: entry 3, the counter$/])
})

t.test("an error that is no command's is noticed", async (t) => {
  const told = ledger()
  told.appendFailed('c', new RemoteError({ name: 'TypeError', message: 'cannot read' }))
  t.equal(judge(told, [copy(['a', 'b'])]).length, 1)
})

t.test('a text that is not as it was sent has no key', async (t) => {
  t.equal(keyOf(textOf('client1-7')), 'client1-7')
  t.equal(keyOf(textOf('client1-7').slice(1, -1)), undefined)
  t.equal(keyOf('short'), undefined)
})
