/** The first entry where two streams of results differ is found by halving, whatever is still kept of them. */
import t from 'tap'
import { firstDifference } from '../../../lib/replica/members/first-difference.js'

/** The digests of a stream that takes another way at `parting`, of which those from `kept` on are there. */
function digests(parting: number, kept = 0) {
  return (index: number) => (index < kept ? undefined : index < parting ? index : -index)
}

const SAME = digests(Infinity)

t.test('every first difference is found', async (t) => {
  for (let parting = 1; parting <= 40; parting++)
    t.same(await firstDifference(SAME, digests(parting), 1, 40), { index: parting, isExact: true })
})

t.test('a ring full of digests takes seventeen questions at most', async (t) => {
  let questions = 0
  const counting = (index: number) => {
    questions++
    return digests(70_000)(index)
  }
  t.same(await firstDifference(SAME, counting, 65_536, 131_071), { index: 70_000, isExact: true })
  t.ok(questions <= 17, `${questions} questions`)
})

t.test(
  'where the parting is older than what is kept, the oldest difference known is said to be the latest possible',
  async (t) => {
    t.same(await firstDifference(SAME, digests(10, 50), 1, 100), { index: 50, isExact: false })
    t.same(await firstDifference(SAME, digests(50, 50), 1, 100), { index: 50, isExact: false })
    t.same(await firstDifference(SAME, digests(51, 50), 1, 100), { index: 51, isExact: true })
  },
)

t.test('a difference that is older than where the search begins is not taken for exact', async (t) => {
  t.same(await firstDifference(SAME, digests(3), 10, 20), { index: 10, isExact: false })
})
