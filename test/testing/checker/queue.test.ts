/** What the model of a queue takes for right. */
import t from 'tap'
import { check, queueModel, Recorder, type MethodCall } from '../../../testing/api.js'
import type { Json } from '../../../lib/json.js'

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
