/** Several are asked who would all answer the same, one after another. */
import t from 'tap'
import { firstAnswer } from '../../../lib/client/first-answer.js'
import { ManualClock } from '../../harness/manual-clock.js'

interface Asked {
  readonly place: string
  readonly resolve: (answer: string) => void
  readonly reject: (error: Error) => void
}

function scene(...places: readonly string[]) {
  const clock = new ManualClock()
  const asked: Asked[] = []
  const answered: string[] = []
  const ask = (place: string): Promise<string> =>
    new Promise((resolve, reject) => void asked.push({ place, resolve, reject }))
  const isAnswer = (error: unknown): boolean => error instanceof Error && error.message === 'not found'
  const options = { clock, nextMs: 250, isAnswer, answered: (place: string) => answered.push(place) }
  const outcome = firstAnswer(places, ask, options)
  outcome.catch(() => undefined)
  const wait = async (milliseconds: number): Promise<void> => {
    clock.advance(milliseconds)
    await new Promise(setImmediate)
  }
  return { asked, answered, outcome, wait }
}

t.test('one that answers soon is the only one that is asked', async (t) => {
  const { asked, answered, outcome, wait } = scene('a', 'b', 'c')
  asked[0]?.resolve('found')
  t.equal(await outcome, 'found')
  await wait(10_000)
  t.equal(asked.length, 1)
  t.same(answered, ['a'])
})

t.test('after one that fails the next one is asked at once', async (t) => {
  const { asked, answered, outcome, wait } = scene('a', 'b')
  asked[0]?.reject(new Error('gone'))
  await wait(0)
  asked[1]?.resolve('found')
  t.equal(await outcome, 'found')
  t.same(answered, ['b'])
})

t.test('beside one that is silent the next one is asked, and the first answer counts', async (t) => {
  const { asked, outcome, answered, wait } = scene('a', 'b', 'c')
  await wait(250)
  await wait(250)
  t.same(
    asked.map(({ place }) => place),
    ['a', 'b', 'c'],
  )
  asked[2]?.reject(new Error('gone'))
  asked[0]?.resolve('late, and first')
  asked[1]?.resolve('later')
  t.equal(await outcome, 'late, and first')
  t.same(answered, ['a'])
})

t.test('that nobody knows is an answer, and the last word', async (t) => {
  const { asked, answered, outcome, wait } = scene('a', 'b')
  asked[0]?.reject(new Error('not found'))
  await t.rejects(outcome, { message: 'not found' })
  await wait(10_000)
  t.equal(asked.length, 1)
  t.same(answered, ['a'])
})

t.test('when all fail the last failure is told, once the silent ones have failed too', async (t) => {
  const { asked, outcome, wait } = scene('a', 'b')
  await wait(250)
  asked[1]?.reject(new Error('first to fail'))
  await wait(0)
  asked[0]?.reject(new Error('last to fail'))
  await t.rejects(outcome, { message: 'last to fail' })
})
