import t from 'tap'
import { Recorder, type MethodCall } from '../../../testing/checker/history.js'

const get: MethodCall = { object: 'kv', method: 'get', params: ['x'] }
const set: MethodCall = { object: 'kv', method: 'set', params: ['x', 1] }

t.test('a history has what was answered and what is unknown, and nothing of what was not executed', (t) => {
  const recorder = new Recorder()
  const first = recorder.begin('c1', set)
  const second = recorder.begin('c2', get)
  const third = recorder.begin('c3', set)
  recorder.begin('c4', set)
  third.failed()
  second.ok(null)
  first.unknown()
  t.same(recorder.history, [
    { client: 'c1', call: set, invokedAt: 1, outcome: { kind: 'unknown' } },
    { client: 'c2', call: get, invokedAt: 2, outcome: { kind: 'answered', at: 5, result: null } },
    { client: 'c4', call: set, invokedAt: 4, outcome: { kind: 'unknown' } },
  ])
  t.end()
})

t.test('times come from the clock that is given', (t) => {
  const times = [10, 30]
  const recorder = new Recorder(() => times.shift() ?? 0)
  recorder.begin('c1', get).ok(1)
  t.match(recorder.history, [{ invokedAt: 10, outcome: { at: 30 } }])
  t.end()
})

t.test('a call that ends twice is a mistake of the recording', (t) => {
  const begun = new Recorder().begin('c1', get)
  begun.unknown()
  t.throws(() => begun.ok(1), /c1 has ended twice/)
  t.end()
})
