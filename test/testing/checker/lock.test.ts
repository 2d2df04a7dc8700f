/** What the model of a lock takes for right, and that the shipped one is, under every fault. */
import t from 'tap'
import { check, lockModel, Recorder, simulate, type MethodCall } from '../../../testing/api.js'
import type { Json } from '../../../lib/json.js'
import { Lock } from '../../../lib/shipped/lock.js'

/** One call after another. */
function isRight(...calls: readonly (readonly [method: string, params: readonly Json[], answer: Json])[]) {
  const recorder = new Recorder<MethodCall, Json>()
  for (const [method, params, answer] of calls)
    recorder.begin('me', { object: 'lock', method, params: ['a', ...params] }).ok(answer)
  return check(recorder.history, lockModel).kind === 'linearizable'
}

t.test('tokens rise, and who has come first has it first', (t) => {
  const [one, two] = [['one'], ['two']] as const
  t.ok(
    isRight(
      ['acquire', one, { token: 3 }],
      ['acquire', two, { ahead: 0 }],
      ['holder', [], { holder: 'one', token: 3, waiting: 1 }],
      ['demand', [3], null],
      ['release', one, true],
      ['renew', one, null],
      ['renew', two, { token: 6 }],
      ['release', two, true],
      ['holder', [], null],
    ),
  )
  t.notOk(isRight(['acquire', one, { token: 3 }], ['acquire', two, { token: 4 }]), 'two have it')
  t.notOk(
    isRight(['acquire', one, { token: 3 }], ['release', one, true], ['acquire', two, { token: 3 }]),
    'a token comes twice',
  )
  t.notOk(isRight(['acquire', one, { token: 3 }], ['renew', one, { token: 4 }]), 'a token changes')
  t.notOk(
    isRight(['acquire', one, { token: 3 }], ['release', one, true], ['demand', [3], null]),
    'it is stale',
  )
  t.notOk(
    isRight(
      ['acquire', one, { token: 3 }],
      ['acquire', two, { ahead: 0 }],
      ['release', one, true],
      ['holder', [], null],
    ),
    'who waits is passed over',
  )
  t.end()
})

t.test('the shipped lock is linearizable, whatever fails', async (t) => {
  const forGood = { ttlMs: 86_400_000 }
  const { answered, undecided, runs } = await simulate({
    object: Lock,
    calls: (dice) => {
      const [name, who] = [dice.pick(['x', 'y']), dice.pick(['a', 'b', 'c'])]
      switch (dice.below(5)) {
        case 0:
          return ['holder', name]
        case 1:
          return ['acquire', name, who, { ...forGood, wait: dice.chance(500) }]
        case 2:
          return ['acquire', name, who, forGood]
        case 3:
          return ['renew', name, who]
        default:
          return ['release', name, who]
      }
    },
    model: lockModel,
  })
  t.ok(answered > 100)
  t.ok(undecided < runs / 2, `${undecided} histories were not judged`)
})
