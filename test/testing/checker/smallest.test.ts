import fc from 'fast-check'
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import type { MethodCall, Operation } from '../../../testing/checker/history.js'
import { check } from '../../../testing/checker/linearizability.js'
import type { Model } from '../../../testing/checker/model.js'
import { counterModel } from '../../../testing/checker/models/counter.js'
import { kvModel } from '../../../testing/checker/models/kv.js'
import { smallestPart, type Part } from '../../../testing/checker/smallest.js'
import { operationText } from '../../../testing/checker/text.js'
import { isExplained, type Fresh } from './every-order.js'
import { historyOf } from './history-of.js'
import { plainCounter, plainKeyValue } from './objects.js'
import { tamperedHistories, trueHistories } from './random-histories.js'
import { plainRegister, registerModel } from './register.js'

function partOf<State>(
  history: readonly Operation[],
  model: Model<State, MethodCall, Json>,
): Part<State, MethodCall, Json> | undefined {
  const verdict = check(history, model)
  return verdict.kind === 'not linearizable' ? smallestPart(verdict.evidence, model) : undefined
}

function textOf(history: string): readonly string[] | undefined {
  return partOf(historyOf('kv', history), kvModel)?.operations.map((each) => operationText(each, kvModel))
}

t.test('the part has the write whose value was read too late, and nothing of what went on around', (t) => {
  const part = textOf(`
    c3 0-30 set "y" 5 → null
    c1 1-2 set "x" 1 → null
    c2 3-4 get "x" → 1
    c2 5-6 set "x" 2 → 1
    c3 5-9 get "x" → 2
    c1 10-11 get "x" → 1
    c1 12-13 get "x" → 2`)
  t.same(part, ['set x 1 → null', 'set x 2 → 1', 'get x → 1'])
  t.end()
})

t.test('a value from nowhere stands alone', (t) => {
  t.same(textOf('c1 1-2 set "x" 1 → null\nc2 3-4 get "x" → 7'), ['get x → 7'])
  t.end()
})

t.test('a write without an answer stays when it explains what was read', (t) => {
  const part = textOf(`
    c1 1- set "x" 1
    c2 2-3 get "x" → 1
    c2 4-5 delete "x" → true
    c2 6-7 get "x" → 1`)
  t.same(part, ['set x 1 → ?', 'delete x → true', 'get x → 1'])
  t.end()
})

t.test('a fresh write and a stale read among two hundred operations make a part of a few', (t) => {
  const lines = Array.from({ length: 100 }, (_, at) => {
    const [time, before] = [at * 4, at === 0 ? 'null' : at - 1]
    const read = at === 80 ? 77 : at
    return `c1 ${time}-${time + 1} set "x" ${at} → ${before}\nc2 ${time + 2}-${time + 3} get "x" → ${read}`
  })
  const part = partOf(historyOf('kv', lines.join('\n')), kvModel)
  t.ok(part?.isSmallest)
  t.ok((part?.operations.length ?? Infinity) <= 5, String(part?.operations.length))
  t.end()
})

t.test('what is too hard to shrink is given as it is, and says so', (t) => {
  const verdict = check(historyOf('kv', 'c1 1-2 set "x" 1 → null\nc2 3-4 get "x" → 7'), kvModel)
  if (verdict.kind !== 'not linearizable') throw new Error(verdict.kind)
  const part = smallestPart(verdict.evidence, kvModel, { stepsMax: 1 })
  t.equal(part.isSmallest, false)
  t.equal(part.operations.length, 2)
  t.end()
})

function withoutAnswer(operation: Operation): Operation {
  return { ...operation, outcome: { kind: 'unknown' } }
}

/**
 * By the definition: it fails, each answer of the contradiction is needed, and so is each other operation to explain
 * one.
 */
function isSmallest<State>(
  { operations, contradiction }: Part<State, MethodCall, Json>,
  fresh: Fresh,
): boolean {
  const others = operations.filter((each) => !contradiction.includes(each))
  const explains = (some: readonly Operation[], forgotten: Operation): boolean =>
    isExplained(
      [...some, ...contradiction.map((each) => (each === forgotten ? withoutAnswer(each) : each))],
      fresh,
    )
  return (
    !isExplained(operations, fresh) &&
    !isExplained([...others.map(withoutAnswer), ...contradiction], fresh) &&
    contradiction.every((each) => explains(others, each)) &&
    others.every((left) => {
      const rest = others.filter((each) => each !== left).map(withoutAnswer)
      return contradiction.some((each) => !explains(rest, each))
    })
  )
}

const call = (object: string, method: string, ...params: Json[]): MethodCall => ({ object, method, params })
const value = fc.constantFrom(1, 2)
const kvCalls = fc.oneof(
  value.map((v) => call('kv', 'set', 'x', v)),
  fc.constant(call('kv', 'get', 'x')),
  fc.tuple(fc.constantFrom(null, 1), value).map(([old, v]) => call('kv', 'cas', 'x', old, v)),
)
const counterCalls = fc.oneof(
  value.map((by) => call('counter', 'increment', by)),
  fc.constant(call('counter', 'value')),
)

const registerCalls = fc.oneof(
  value.map((v) => call('register', 'write', v)),
  fc.constant(call('register', 'read')),
)

function partsAreSmallest<State>(
  name: string,
  model: Model<State, MethodCall, Json>,
  fresh: Fresh,
  calls: fc.Arbitrary<MethodCall>,
): void {
  t.test(`${name}: the part of any bad history fails and is smallest`, (t) => {
    let bad = 0
    const property = fc.property(tamperedHistories(trueHistories(calls, fresh)), (history) => {
      const part = partOf(history, model)
      if (part === undefined) return true
      bad += 1
      return part.isSmallest && isSmallest(part, fresh)
    })
    fc.assert(property, { seed: 3, numRuns: 1000 })
    t.ok(bad > 100, `${bad} were bad`)
    t.end()
  })
}

partsAreSmallest('kv', kvModel, plainKeyValue, kvCalls)
partsAreSmallest('counter', counterModel, plainCounter, counterCalls)
partsAreSmallest('register', registerModel, plainRegister, registerCalls)
