/** Histories that everyone who has lost data will recognise. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import type { MethodCall } from '../../../testing/checker/history.js'
import { check } from '../../../testing/checker/linearizability.js'
import type { Model } from '../../../testing/checker/model.js'
import { counterModel } from '../../../testing/checker/models/counter.js'
import { kvModel } from '../../../testing/checker/models/kv.js'
import { logModel } from '../../../testing/checker/models/log.js'
import { historyOf } from './history-of.js'
import { registerModel } from './register.js'

interface Case {
  readonly name: string
  readonly history: string
}

function judge<State>(
  object: string,
  model: Model<State, MethodCall, Json>,
  kind: string,
  cases: readonly Case[],
): void {
  for (const { name, history } of cases)
    t.test(`${object}: ${name}`, (t) => {
      t.equal(check(historyOf(object, history), model).kind, kind)
      t.end()
    })
}

judge('kv', kvModel, 'linearizable', [
  {
    name: 'two reads during a write may see it or not, in either order of the readers',
    history: `
      c1 1-6 set "x" 1 → null
      c2 2-3 get "x" → 1
      c3 2-5 get "x" → null`,
  },
  {
    name: 'a write without an answer took effect much later',
    history: `
      c1 1- set "x" 1
      c2 2-3 get "x" → null
      c2 4-5 set "x" 2 → null
      c2 6-7 get "x" → 2
      c2 8-9 get "x" → 1`,
  },
  {
    name: 'a write without an answer never took effect',
    history: `
      c1 1- set "x" 1
      c2 2-3 get "x" → null
      c2 4-5 delete "x" → false`,
  },
  {
    name: 'of three swaps at once one wins',
    history: `
      c1 1-9 cas "x" null 1 → false
      c2 1-9 cas "x" null 2 → true
      c3 1-9 cas "x" null 3 → false
      c1 10-11 get "x" → 2`,
  },
  {
    name: 'the keys are seen together',
    history: `
      c1 1-2 set "x" 1 → null
      c2 3-6 set "y" 1 → null
      c1 4-5 keys → ["x"]
      c1 7-8 keys "y" → ["y"]`,
  },
  {
    name: 'an answer at the very time of a call counts as concurrent with it',
    history: `
      c1 1-2 set "x" 1 → null
      c2 2-3 get "x" → null`,
  },
  {
    name: 'members of an object in another order are the same value',
    history: `
      c1 1-2 set "x" {"a":1,"b":2} → null
      c2 3-4 cas "x" {"b":2,"a":1} 5 → true
      c2 5-6 get "x" → 5`,
  },
])

judge('kv', kvModel, 'not linearizable', [
  {
    name: 'a stale read',
    history: `
      c1 1-2 set "x" 1 → null
      c1 3-4 set "x" 2 → 1
      c2 5-6 get "x" → 1`,
  },
  {
    name: 'a value from nowhere',
    history: `
      c1 1-2 set "x" 1 → null
      c2 3-4 get "x" → 7`,
  },
  {
    name: 'a value read before it was written',
    history: `
      c2 1-2 get "x" → 1
      c1 3- set "x" 1`,
  },
  {
    name: 'a write without an answer that took effect twice',
    history: `
      c1 1- set "x" 1
      c2 2-3 get "x" → 1
      c2 4-5 set "x" 2 → 1
      c2 6-7 get "x" → 2
      c2 8-9 get "x" → 1`,
  },
  {
    name: 'reads that go back in time while a write is under way',
    history: `
      c1 1-9 set "x" 1 → null
      c2 2-3 get "x" → 1
      c3 4-5 get "x" → null`,
  },
  {
    name: 'two swaps from the same value that both won',
    history: `
      c1 1-9 cas "x" null 1 → true
      c2 1-9 cas "x" null 2 → true`,
  },
  {
    name: 'keys that were never there together, though each key alone is fine',
    history: `
      c1 1-2 set "x" 1 → null
      c2 3-4 set "y" 1 → null
      c1 5-6 keys → ["y"]`,
  },
])

judge('counter', counterModel, 'linearizable', [
  {
    name: 'increments without an answer that took effect in part',
    history: `
      c1 1- increment
      c2 2- increment
      c3 3- increment 5
      c4 4-5 value → 6
      c4 6-7 increment → 7`,
  },
])

judge('counter', counterModel, 'not linearizable', [
  {
    name: 'a lost update',
    history: `
      c1 1-4 increment → 1
      c2 2-3 increment → 1`,
  },
  {
    name: 'one increment with two effects',
    history: `
      c1 1-2 increment → 1
      c2 3-4 value → 2`,
  },
  {
    name: 'an acknowledged increment that is gone',
    history: `
      c1 1-2 increment → 1
      c1 3-4 increment → 2
      c2 5-6 value → 1`,
  },
])

judge('log', logModel, 'linearizable', [
  {
    name: 'a text without an answer stands where a later read tells, in a term between its neighbours',
    history: `
      c1 1-2 append "a" → {"index":1,"term":1}
      c2 3- append "b"
      c1 4-5 append "c" → {"index":3,"term":4}
      c1 6-7 entry 2 → {"index":2,"term":2,"command":"b"}
      c1 8-9 entries 1 9 → [{"index":1,"term":1,"command":"a"},{"index":2,"term":2,"command":"b"},{"index":3,"term":4,"command":"c"}]
      c1 10-11 entry 4 → null`,
  },
])

judge('log', logModel, 'not linearizable', [
  {
    name: 'one place for two texts',
    history: `
      c1 1-4 append "a" → {"index":1,"term":1}
      c2 2-3 append "b" → {"index":1,"term":2}`,
  },
  {
    name: 'an entry whose term has changed',
    history: `
      c1 1- append "a"
      c2 2-3 entry 1 → {"index":1,"term":1,"command":"a"}
      c2 4-5 entry 1 → {"index":1,"term":2,"command":"a"}`,
  },
  {
    name: 'a term that goes down',
    history: `
      c1 1-2 append "a" → {"index":1,"term":5}
      c1 3-4 append "b" → {"index":2,"term":4}`,
  },
  {
    name: 'a log that is shorter than before',
    history: `
      c1 1-2 append "a" → {"index":1,"term":1}
      c1 3-4 length → 0`,
  },
])

judge('register', registerModel, 'linearizable', [
  {
    name: 'a write of what is there already takes effect after another one',
    history: `
      c1 1-2 write 1 → null
      c1 3-6 write 1 → null
      c2 4-5 write 2 → null
      c1 7-8 read → 1`,
  },
  {
    name: 'of several writes of what is there already each takes effect where it is needed',
    history: `
      c1 1-20 write null → null
      c2 1-20 write null → null
      c3 2-3 write 1 → null
      c3 4-5 read → null
      c3 6-7 write 1 → null
      c3 8-9 read → null`,
  },
  {
    name: 'a write of what is there already explains a read beside a write without an answer',
    history: `
      c1 1-2 write 1 → null
      c1 3-10 write 1 → null
      c2 3- write 2
      c3 4-5 read → 2
      c3 6-7 read → 1`,
  },
])

judge('register', registerModel, 'not linearizable', [
  {
    name: 'one write of what is there already has taken effect twice',
    history: `
      c1 1-20 write null → null
      c3 2-3 write 1 → null
      c3 4-5 read → null
      c3 6-7 write 1 → null
      c3 8-9 read → null`,
  },
])

t.test('a user model says which answers are as good as its own', (t) => {
  const clock: Model<number, MethodCall, Json> = {
    initial: () => 0,
    step: (state, _call, observed) => ({
      state: typeof observed === 'number' ? Math.max(state, observed) : state,
      result: state,
    }),
    matches: (expected, observed) => Number(observed) >= Number(expected),
  }
  t.equal(check(historyOf('clock', 'c1 1-2 now → 5\nc1 3-4 now → 7'), clock).kind, 'linearizable')
  t.equal(check(historyOf('clock', 'c1 1-2 now → 7\nc1 3-4 now → 5'), clock).kind, 'not linearizable')
  t.end()
})

t.test('what is too hard for the budget is undecided, with the partition', (t) => {
  const history = historyOf('kv', 'c1 1-9 set "x" 1 → null\nc2 1-9 set "x" 2 → 1')
  t.same(check(history, kvModel, { stepsMax: 1 }), { kind: 'undecided', partitions: ['"x"'] })
  t.end()
})

t.test('a partition that is too hard does not keep the checker from finding fault with another', (t) => {
  const both = ['1', '2', '3', '4']
  const hard = both.map((value) => `c${value} 1-9 set "hard" ${value} → null`).join('\n')
  const easy = both.map((value) => `c1 ${value}-${value} set "bad" ${value} → 7`).join('\n')
  const history = historyOf('kv', `${hard}\n${easy}\nc1 5-5 get "bad" → 7`)
  t.equal(check(historyOf('kv', hard), kvModel, { stepsMax: 4 }).kind, 'undecided')
  const verdict = check(history, kvModel, { stepsMax: 4 })
  t.match(verdict, { kind: 'not linearizable', evidence: { partition: '"bad"' } })
  t.end()
})

t.test('an answer before its call is refused', (t) => {
  t.throws(() => check(historyOf('kv', 'c1 5-4 get "x" → 1'), kvModel), RangeError)
  t.end()
})

t.test('a state whose content would be lost in its text is refused', (t) => {
  const model: Model<Map<string, Json>, MethodCall, Json> = {
    initial: () => new Map(),
    step: (state) => ({ state, result: null }),
  }
  t.throws(() => check(historyOf('kv', 'c1 1-2 get "x" → null'), model), /Map is not plain data/)
  t.end()
})
