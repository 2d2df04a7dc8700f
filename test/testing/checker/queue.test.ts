/** What the model of a queue takes for right, and that the shipped one is, under every fault. */
import t from 'tap'
import { check, queueModel, Recorder, simulate, type MethodCall } from '../../../testing/index.js'
import type { Json } from '../../../lib/json.js'
import { Queue } from '../../../lib/shipped/queue.js'

/** One call after another. */
function isRight(...calls: readonly (readonly [method: string, params: readonly Json[], answer: Json])[]) {
  const recorder = new Recorder<MethodCall, Json>()
  for (const [method, params, answer] of calls)
    recorder.begin('me', { object: 'queue', method, params: ['q', ...params] }).ok(answer)
  return check(recorder.history, queueModel).kind === 'linearizable'
}

const first = { id: 'a', data: 1, token: 3, attempt: 1 }

t.test('each job is had by one, in its turn, until it is done or has failed too often', (t) => {
  const puts = [
    ['put', [1, { id: 'a', tries: 2 }], 'a'],
    ['put', [2, { id: 'b' }], 'b'],
  ] as const
  t.ok(
    isRight(
      ...puts,
      ['put', [7, { id: 'a' }], 'a'],
      ['put', [3, { id: 'c', priority: 5 }], 'c'],
      ['take', ['w', { max: 2 }], [{ id: 'c', data: 3, token: 3, attempt: 1 }, first]],
      ['done', ['c', 3], true],
      ['fail', ['a', 3, 'no', 0], true],
      ['take', ['w'], [{ ...first, token: 5, attempt: 2 }]],
      ['renew', ['a', 3], false],
      ['fail', ['a', 5, 'no', 0], true],
      ['counts', [], { ready: 1, delayed: 0, taken: 0, dead: 1 }],
      ['discard', ['a'], true],
      ['take', ['w'], [{ id: 'b', data: 2, token: 9, attempt: 1 }]],
      ['take', ['w'], []],
    ),
  )
  const taken = ['take', ['w'], [first]] as const
  t.notOk(isRight(...puts, ['take', ['w'], [{ id: 'b', data: 2, token: 3, attempt: 1 }]]), 'out of turn')
  t.notOk(isRight(...puts, taken, ['take', ['w', { max: 2 }], [{ ...first, token: 4 }]]), 'two have it')
  t.notOk(isRight(...puts, taken, ['done', ['a', 3], true], ['done', ['a', 3], true]), 'it is done twice')
  t.notOk(isRight(...puts, ['take', ['w'], []]), 'a job is lost')
  t.notOk(isRight(...puts, taken, ['fail', ['a', 3, 'no', 0], true], ['done', ['a', 3], true]), 'a late end')
  t.end()
})

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
