/** The shipped queue, judged by its model. */
import t from 'tap'
import { Queue } from '../../../lib/shipped/queue.js'
import { queueModel, simulate } from '../../../testing/api.js'

t.setTimeout(300_000)

t.test('the shipped queue is linearizable, whatever fails', async (t) => {
  const forGood = { ttlMs: 86_400_000 }
  let last = 0
  const { answered, undecided, runs } = await simulate({
    object: Queue,
    calls: (dice) => {
      const id = `job ${last - dice.below(4)}`
      switch (dice.below(6)) {
        case 0:
          return ['counts', 'q']
        case 1:
          return ['take', 'q', 'w', { ...forGood, max: 1 + dice.below(2) }]
        case 2:
          return ['done', 'q', id, dice.below(60)]
        case 3:
          return dice.chance(500) ? ['discard', 'q', id] : ['fail', 'q', id, dice.below(60), 'no', 0]
        default:
          return ['put', 'q', last, { id: `job ${(last += 1)}`, priority: dice.below(2), tries: 2 }]
      }
    },
    model: queueModel,
    runs: 3,
  })
  t.ok(answered > 50)
  t.ok(undecided < runs / 2, `${undecided} histories were not judged`)
})
