/** Tiny histories of a few clients: true ones, made by running an object, and such that were tampered with. */
import fc from 'fast-check'
import type { Json } from '../../../lib/json.js'
import type { MethodCall, Operation } from '../../../testing/checker/history.js'
import type { Fresh } from './every-order.js'

const OPERATIONS_MAX = 6

interface Plan {
  readonly call: MethodCall
  /** So many events pass before it begins, until it takes effect, and until it is answered. */
  readonly waits: readonly [number, number, number]
  readonly client: number
  readonly fate: 'answered' | 'lost after it took effect' | 'lost'
}

/** Each has one order at least that explains it: that in which its operations took effect. */
export function trueHistories(calls: fc.Arbitrary<MethodCall>, fresh: Fresh): fc.Arbitrary<Operation[]> {
  const wait = fc.nat(3)
  const plan: fc.Arbitrary<Plan> = fc.record({
    call: calls,
    waits: fc.tuple(wait, wait, wait),
    client: fc.nat(2),
    fate: fc.constantFrom('answered', 'answered', 'answered', 'lost after it took effect', 'lost'),
  })
  return fc.array(plan, { minLength: 1, maxLength: OPERATIONS_MAX }).map((plans) => run(plans, fresh))
}

/** Some are still good, most are not. */
export function tamperedHistories(histories: fc.Arbitrary<Operation[]>): fc.Arbitrary<Operation[]> {
  const change = fc.record({ at: fc.nat(), from: fc.nat(), kind: fc.constantFrom('swap', 'late', 'repeat') })
  return fc.tuple(histories, fc.array(change, { minLength: 1, maxLength: 3 })).map(([history, changes]) =>
    changes.reduce((tampered, { at, from, kind }) => {
      const victim = tampered[at % tampered.length]
      const model = tampered[from % tampered.length]
      if (victim === undefined || model === undefined) return tampered
      return tampered.map((each) => (each === victim ? tamper(victim, model, kind) : each))
    }, history),
  )
}

function tamper(victim: Operation, other: Operation, kind: string): Operation {
  if (kind === 'repeat') return { ...victim, call: other.call }
  if (victim.outcome.kind === 'unknown' || other.outcome.kind === 'unknown') return victim
  if (kind === 'swap') return { ...victim, outcome: { ...victim.outcome, result: other.outcome.result } }
  const invokedAt = other.outcome.at + 0.5
  return { ...victim, invokedAt, outcome: { ...victim.outcome, at: Math.max(victim.outcome.at, invokedAt) } }
}

interface Running {
  readonly plan: Plan
  readonly invokedAt: number
  readonly effectAt: number
  readonly answeredAt: number
}

/** A client begins its next call when the one before is over; the effects come in the order of their times. */
function run(plans: readonly Plan[], fresh: Fresh): Operation[] {
  const object = fresh()
  const free = [0, 0, 0]
  const running = plans.map((plan, at): Running => {
    const invokedAt = (free[plan.client] ?? 0) + plan.waits[0]
    // No two effects at one time.
    const effectAt = invokedAt + plan.waits[1] + at / 100
    const answeredAt = effectAt + plan.waits[2] + 0.2
    free[plan.client] = answeredAt
    return { plan, invokedAt, effectAt, answeredAt }
  })
  const results = new Map<Running, Json>()
  for (const each of running.toSorted((a, b) => a.effectAt - b.effectAt)) {
    if (each.plan.fate !== 'lost') results.set(each, object(each.plan.call))
  }
  return running.map((each) => operationOf(each, results.get(each)))
}

function operationOf({ plan, invokedAt, answeredAt }: Running, result: Json | undefined): Operation {
  const { client, call } = plan
  return {
    client: `c${client + 1}`,
    call,
    invokedAt,
    outcome:
      plan.fate === 'answered' && result !== undefined
        ? { kind: 'answered', at: answeredAt, result }
        : { kind: 'unknown' },
  }
}
