/** What the model of ids takes for right, and that the shipped ones are, under every fault. */
import t from 'tap'
import { check, idGeneratorModel, Recorder, simulate, type MethodCall } from '../../../testing/api.js'
import type { Json } from '../../../lib/json.js'
import { IdGenerator } from '../../../lib/shipped/id-generator.js'

/** One call after another. */
function isRight(...calls: readonly (readonly [method: string, params: readonly Json[], answer: Json])[]) {
  const recorder = new Recorder<MethodCall, Json>()
  for (const [method, params, answer] of calls)
    recorder.begin('me', { object: 'idGenerator', method, params: ['a', ...params] }).ok(answer)
  return check(recorder.history, idGeneratorModel).kind === 'linearizable'
}

t.setTimeout(600_000)

t.test('blocks follow one another, and none comes twice', (t) => {
  t.ok(isRight(['last', [], 0], ['reserve', [], 1], ['reserve', [10], 2], ['last', [], 11]))
  t.notOk(isRight(['reserve', [10], 1], ['reserve', [10], 10]), 'they overlap')
  t.notOk(isRight(['reserve', [10], 1], ['reserve', [10], 12]), 'one is left out')
  t.notOk(isRight(['reserve', [10], 1], ['last', [], 0]), 'it was given out')
  t.end()
})

t.test('the shipped ids are linearizable, whatever fails', async (t) => {
  const { answered } = await simulate({
    object: IdGenerator,
    calls: (dice) => {
      const name = dice.pick(['x', 'y'])
      return dice.chance(200) ? ['last', name] : ['reserve', name, 1 + dice.below(5)]
    },
    model: idGeneratorModel,
    runs: 3,
  })
  t.ok(answered > 20)
})
