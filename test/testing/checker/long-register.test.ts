/** Histories of a register with thousands of calls, none of which is too hard to judge. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import type { MethodCall, Operation } from '../../../testing/checker/history.js'
import { check } from '../../../testing/checker/linearizability.js'
import { Dice } from '../../raft/dice.js'
import { registerModel } from './register.js'

interface Load {
  readonly clients: number
  /** How many values there are; the fewer, the more often what is written is there already. */
  readonly values: number
  /** So many in a hundred calls are not answered, half of which have taken effect. */
  readonly lost: number
}

interface Call {
  readonly client: number
  readonly call: MethodCall
  readonly invokedAt: number
  readonly effectAt: number
  readonly answeredAt: number
  readonly fate: 'answered' | 'lost after it took effect' | 'lost'
}

const CALLS = 2000

/** What a register really did. */
function history(seed: number, load: Load): readonly Operation[] {
  const calls = callsOf(new Dice(seed), load)
  const results = new Map<Call, Json>()
  let present: Json = null
  for (const each of calls.toSorted((a, b) => a.effectAt - b.effectAt)) {
    if (each.fate === 'lost') continue
    const [written] = each.call.params
    results.set(each, written === undefined ? present : null)
    present = written ?? present
  }
  return calls.flatMap((each) => operationsOf(each, results.get(each)))
}

function callsOf(dice: Dice, { clients, values, lost }: Load): readonly Call[] {
  const free = Array.from({ length: clients }, () => 0)
  return Array.from({ length: CALLS }, () => {
    const client = dice.below(clients)
    const wait = (): number => 1 + dice.below(1_000_000)
    const invokedAt = (free[client] ?? 0) + wait()
    const effectAt = invokedAt + wait()
    const answeredAt = effectAt + wait()
    free[client] = answeredAt
    const params = dice.below(2) === 0 ? [dice.below(values)] : []
    const call = { object: 'register', method: params.length > 0 ? 'write' : 'read', params }
    const fate =
      dice.below(100) >= lost ? 'answered' : dice.below(2) === 0 ? 'lost' : 'lost after it took effect'
    return { client, call, invokedAt, effectAt, answeredAt, fate }
  })
}

/** A read without an answer has told nothing. */
function operationsOf(
  { client, call, invokedAt, answeredAt, fate }: Call,
  result: Json | undefined,
): Operation[] {
  const operation = { client: `c${client}`, call, invokedAt }
  if (fate === 'answered' && result !== undefined)
    return [{ ...operation, outcome: { kind: 'answered', at: answeredAt, result } }]
  return call.method === 'read' ? [] : [{ ...operation, outcome: { kind: 'unknown' } }]
}

/** With one read that says what nobody has written by then, in the middle. */
function withOneWrong(operations: readonly Operation[]): readonly Operation[] {
  const reads = operations.filter(({ call }) => call.method === 'read')
  const victim = reads[reads.length >> 1]
  return operations.map((each) =>
    each === victim && each.outcome.kind === 'answered'
      ? { ...each, outcome: { ...each.outcome, result: 'nobody wrote this' } }
      : each,
  )
}

const EACH_ITS_OWN: Load = { clients: 5, values: 1_000_000_000, lost: 5 }
const LOADS: readonly (readonly [what: string, load: Load])[] = [
  ['many clients at once write what is often there already', { clients: 16, values: 5, lost: 0 }],
  ['writes without an answer, each of a value of its own', EACH_ITS_OWN],
  ['writes without an answer of what is often there already', { clients: 5, values: 5, lost: 5 }],
]

for (const [what, load] of LOADS)
  t.test(`bug: of 2,000 calls the search was given up: ${what}`, async (t) => {
    for (let seed = 1; seed <= 8; seed++)
      t.equal(check(history(seed, load), registerModel).kind, 'linearizable', `seed ${seed}`)
  })

t.test('one wrong answer among 2,000 is found', async (t) => {
  for (const load of [EACH_ITS_OWN, { clients: 8, values: 5, lost: 0 }])
    for (let seed = 1; seed <= 3; seed++)
      t.equal(
        check(withOneWrong(history(seed, load)), registerModel).kind,
        'not linearizable',
        `seed ${seed}`,
      )
})
