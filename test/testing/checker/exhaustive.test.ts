/** On thousands of tiny histories the checker says what the definition says. */
import fc from 'fast-check'
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import type { MethodCall, Operation } from '../../../testing/checker/history.js'
import { check } from '../../../testing/checker/linearizability.js'
import type { Model } from '../../../testing/checker/model.js'
import { counterModel } from '../../../testing/checker/models/counter.js'
import { kvModel } from '../../../testing/checker/models/kv.js'
import { logModel } from '../../../testing/checker/models/log.js'
import { isExplained, type Fresh } from './every-order.js'
import { plainCounter, plainKeyValue, plainLog } from './objects.js'
import { tamperedHistories, trueHistories } from './random-histories.js'
import { plainRegister, registerModel } from './register.js'

const call = (object: string, method: string, ...params: Json[]): MethodCall => ({ object, method, params })
const key = fc.constantFrom('x', 'y')
const value = fc.constantFrom(1, 2)
const small = fc.constantFrom(1, 2)

const kvCalls = fc.oneof(
  fc.tuple(key, value).map(([k, v]) => call('kv', 'set', k, v)),
  key.map((k) => call('kv', 'get', k)),
  key.map((k) => call('kv', 'delete', k)),
  fc.tuple(key, fc.constantFrom(null, 1, 2), value).map(([k, old, v]) => call('kv', 'cas', k, old, v)),
)

interface Subject {
  readonly name: string
  readonly calls: fc.Arbitrary<MethodCall>
  readonly fresh: Fresh
  readonly judge: (history: readonly Operation[]) => { readonly kind: string }
}

function subject<State>(
  name: string,
  model: Model<State, MethodCall, Json>,
  fresh: Fresh,
  calls: fc.Arbitrary<MethodCall>,
): Subject {
  return { name, calls, fresh, judge: (history) => check(history, model) }
}

const subjects: readonly Subject[] = [
  subject('kv', kvModel, plainKeyValue, kvCalls),
  subject(
    'kv with keys',
    kvModel,
    plainKeyValue,
    fc.oneof({ arbitrary: kvCalls, weight: 3 }, { arbitrary: fc.constant(call('kv', 'keys')), weight: 1 }),
  ),
  subject(
    'counter',
    counterModel,
    plainCounter,
    fc.oneof(
      small.map((by) => call('counter', 'increment', by)),
      fc.constant(call('counter', 'value')),
    ),
  ),
  subject(
    'register',
    registerModel,
    plainRegister,
    fc.oneof(
      value.map((v) => call('register', 'write', v)),
      fc.constant(call('register', 'read')),
    ),
  ),
  subject(
    'log',
    logModel,
    plainLog,
    fc.oneof(
      fc.constantFrom('a', 'b').map((text) => call('log', 'append', text)),
      small.map((index) => call('log', 'entry', index)),
      fc.tuple(small, small).map(([from, count]) => call('log', 'entries', from, count)),
      fc.constant(call('log', 'length')),
    ),
  ),
]

for (const { name, calls, fresh, judge } of subjects)
  t.test(`${name}: what an object really did is linearizable`, (t) => {
    fc.assert(
      fc.property(trueHistories(calls, fresh), (history) => judge(history).kind === 'linearizable'),
      { seed: 1, numRuns: 1000 },
    )
    t.end()
  })

for (const { name, calls, fresh, judge } of subjects)
  t.test(`${name}: whatever was tampered with, the verdict is the definition's`, (t) => {
    const seen = { good: 0, bad: 0 }
    fc.assert(
      fc.property(tamperedHistories(trueHistories(calls, fresh)), (history) => {
        const isGood = isExplained(history, fresh)
        seen[isGood ? 'good' : 'bad'] += 1
        return judge(history).kind === (isGood ? 'linearizable' : 'not linearizable')
      }),
      { seed: 2, numRuns: 1000 },
    )
    t.ok(seen.good > 100 && seen.bad > 100, `both kinds are among them: ${seen.good} good, ${seen.bad} bad`)
    t.end()
  })
