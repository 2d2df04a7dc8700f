/** What the judge of a round lets pass, and what it does not. */
import t from 'tap'
import type { Json } from '../../../../lib/json.js'
import type { MethodCall, Operation } from '../../../../testing/checker/history.js'
import type { History, ObjectName } from '../histories.js'
import { judge } from './judge.js'

const BEGIN = { counter: 7, logLength: 10 }

/** One call after another, each answered. A result of undefined: nobody knows its outcome. */
function inARow(
  object: ObjectName,
  ...calls: readonly (readonly [MethodCall['method'], readonly Json[], Json?])[]
): History {
  return calls.map(([method, params, result], i): Operation => ({
    client: `c${i % 2}`,
    call: { object, method, params },
    invokedAt: 2 * i,
    outcome: result === undefined ? { kind: 'unknown' } : { kind: 'answered', at: 2 * i + 1, result },
  }))
}

const judged = (histories: Partial<Record<ObjectName, History>>, stepsMax?: number) =>
  judge((object) => histories[object] ?? [], BEGIN, stepsMax)

const entry = (index: number, command: string) => ({ index, term: 2, command })

t.test('each round begins with what the one before has left', async (t) => {
  t.same(
    judged({
      counter: inARow('counter', ['increment', [], 8], ['value', [], 8]),
      log: inARow(
        'log',
        ['append', ['a'], { index: 11, term: 2 }],
        ['entry', [11], entry(11, 'a')],
        ['length', [], 11],
        ['entries', [11, 1000], [entry(11, 'a')]],
      ),
    }),
    [],
  )
})

t.test('appends and increments that nobody was told of may be there or not', async (t) => {
  const increments = inARow('counter', ['increment', []], ['increment', []], ['value', [], 8])
  const appends = inARow(
    'log',
    ['append', ['never']],
    ['append', ['perhaps']],
    ['append', ['a'], { index: 12, term: 2 }],
    ['entries', [11, 1000], [entry(11, 'perhaps'), entry(12, 'a')]],
  )
  t.same(judged({ counter: increments, log: appends }), [])
})

t.test('an acknowledged append that is lost in the end is drawn', async (t) => {
  const [wrong = ''] = judged({
    log: inARow('log', ['append', ['a'], { index: 11, term: 2 }], ['entries', [11, 1000], []]),
  })
  t.match(wrong, /^the history of log is not linearizable:\n/)
  t.match(wrong, /\|-- append a → /)
})

t.test('an entry that is there twice, or that nobody sent, is found', async (t) => {
  const append = ['append', ['a'], { index: 11, term: 2 }] as const
  t.equal(
    judged({ log: inARow('log', append, ['entries', [11, 9], [entry(11, 'a'), entry(12, 'a')]]) }).length,
    1,
  )
  t.equal(
    judged({ log: inARow('log', append, ['entries', [11, 9], [entry(11, 'a'), entry(12, 'b')]]) }).length,
    1,
  )
})

t.test('a write that is lost, and a value from nowhere, are found', async (t) => {
  const set = ['set', ['x', 'v'], null] as const
  t.same(judged({ kv: inARow('kv', set, ['get', ['x'], 'v']) }), [])
  t.match(judged({ kv: inARow('kv', set, ['get', ['x'], null]) }), [/^the history of kv is not linearizable/])
  t.match(judged({ kv: inARow('kv', set, ['get', ['x'], 'w']) }), [/^the history of kv is not linearizable/])
})

t.test('a counter that misses an increment, or ran one twice, is found', async (t) => {
  t.match(judged({ counter: inARow('counter', ['increment', [], 8], ['value', [], 7]) }), [
    /of counter is not/,
  ])
  t.match(judged({ counter: inARow('counter', ['increment', [], 8], ['value', [], 9]) }), [
    /of counter is not/,
  ])
})

t.test('a history that is too hard to decide is not let pass', async (t) => {
  const counter = inARow('counter', ['increment', []], ['increment', []], ['value', [], 9])
  const kv = inARow('kv', ['set', ['x', 'v']], ['set', ['x', 'w']], ['get', ['x'], 'v'])
  t.same(judged({ counter, kv }), [])
  t.match(judged({ counter, kv }, 1), [
    /^the history of kv \(.*x.*\) is undecided: of 3 calls no order was found, and none ruled out, in 1 steps$/,
    /^the history of counter is undecided/,
  ])
})
