import t from 'tap'
import { simulate } from 'rollcall/testing'
import { Stock } from './stock.js'

t.test('nothing is sold twice, whatever fails', async (t) => {
  const { answered, undecided } = await simulate({
    object: Stock,
    calls: (dice) => [dice.pick(['deliver', 'sell', 'count']), 'tea'],
    invariants: { 'nothing below zero': ({ left }) => [...left.values()].every((count) => count >= 0) },
  })
  t.ok(answered > 100)
  t.equal(undecided, 0, 'every answer was judged')
})
