/** Long lists, put in order bit by bit. */
import fc from 'fast-check'
import t from 'tap'
import { completed, sortedOnce } from '../../../lib/replica/objects/stepwise.js'

void t.test('what changed while a list was gathered stands in it once, as it was found last', (t) => {
  const items = fc.array(fc.tuple(fc.integer({ min: 0, max: 2_000 }).map(String), fc.nat()), {
    maxLength: 3_000,
    size: 'max',
  })
  const inOrder = (one: string, other: string): number => (one < other ? -1 : Number(one > other))
  fc.assert(
    fc.property(items, (items) => {
      const expected = [...new Map(items)].sort(([one], [other]) => inOrder(one, other))
      t.same(completed(sortedOnce(items, ([name]) => name)), expected)
    }),
    { numRuns: 20 },
  )
  t.end()
})
