/** What the model of a job takes for right, and that the shipped one is, under every fault. */
import t from 'tap'
import { check, onceModel, Recorder, simulate, type MethodCall } from '../../../testing/api.js'
import type { Json } from '../../../lib/json.js'
import { Once } from '../../../lib/shipped/once.js'

/** One call after another. */
function isRight(...calls: readonly (readonly [method: string, params: readonly Json[], answer: Json])[]) {
  const recorder = new Recorder<MethodCall, Json>()
  for (const [method, params, answer] of calls)
    recorder.begin('me', { object: 'once', method, params: ['a', ...params] }).ok(answer)
  return check(recorder.history, onceModel).kind === 'linearizable'
}

t.test('one runs it, and all have its result', (t) => {
  t.ok(
    isRight(
      ['begin', ['one'], { token: 3 }],
      ['begin', ['two'], { running: true }],
      ['renew', ['two'], null],
      ['finish', ['two', 3, 'not mine'], false],
      ['finish', ['one', 3, 'mine'], true],
      ['begin', ['two'], { done: 'mine' }],
      ['state', [], { state: 'done', outcome: 'mine' }],
      ['forget', [], true],
      ['begin', ['two'], { token: 8 }],
      ['fail', ['two', 8, 'no'], true],
      ['begin', ['two', { atMostOnce: true }], { token: 9 }],
      ['fail', ['two', 9, 'no'], true],
      ['begin', ['one'], { failed: 'no' }],
    ),
  )
  const begun = ['begin', ['one'], { token: 3 }] as const
  t.notOk(isRight(begun, ['begin', ['two'], { token: 4 }]), 'two run it')
  t.notOk(isRight(begun, ['finish', ['one', 3, 1], true], ['begin', ['two'], { done: 2 }]), 'another result')
  t.notOk(isRight(begun, ['finish', ['one', 3, 1], true], ['begin', ['two'], { token: 4 }]), 'it runs again')
  t.notOk(isRight(begun, ['forget', [], true], ['begin', ['two'], { token: 3 }]), 'a token comes twice')
  t.notOk(isRight(begun, ['forget', [], true], ['finish', ['one', 3, 1], true]), 'a late end counts')
  t.end()
})

t.test('the shipped once is linearizable, whatever fails', async (t) => {
  const forGood = { ttlMs: 86_400_000 }
  let last = 0
  const { answered, undecided, runs } = await simulate({
    object: Once,
    calls: (dice) => {
      const [name, who] = [dice.pick(['x', 'y']), dice.pick(['a', 'b', 'c'])]
      switch (dice.below(6)) {
        case 0:
          return ['state', name]
        case 1:
          return ['renew', name, who]
        case 2:
          return ['finish', name, who, dice.below(40), (last += 1)]
        case 3:
          return dice.chance(500) ? ['forget', name] : ['fail', name, who, dice.below(40), 'no']
        default:
          return ['begin', name, who, { ...forGood, atMostOnce: dice.chance(300) }]
      }
    },
    model: onceModel,
    runs: 3,
  })
  t.ok(answered > 50)
  t.ok(undecided < runs / 2, `${undecided} histories were not judged`)
})
