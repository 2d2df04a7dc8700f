/** What takes an input too long, and how long a smaller one is looked for. */
import fc from 'fast-check'
import t from 'tap'
import { endsWithin } from './patience.js'
import { run, scene } from './target.js'

const atOnce = (): Promise<void> => Promise.resolve()
const never = (): Promise<never> => new Promise(() => undefined)

t.test('work that never ends is given up after so many seconds', async (t) => {
  const pauses: number[] = []
  const pause = (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds)
    return Promise.resolve()
  }
  await t.rejects(endsWithin(3, never(), pause), {
    message: 'a call has not ended after 3 s',
  })
  t.same(pauses, [1_000, 1_000, 1_000])
})

t.test('bug: work that goes on after a standstill of any length was said never to end', async (t) => {
  let goOn = (): void => undefined
  const work = new Promise<void>((resolve) => (goOn = resolve))
  await endsWithin(2, work, async () => {
    goOn()
    await atOnce()
  })
  t.pass('it had a second left')
})

t.test('what the work is rejected with is told', async (t) => {
  await t.rejects(endsWithin(1, Promise.reject(new Error('unnamed')), never), { message: 'unnamed' })
})

const isSmall = {
  name: 'numbers are small',
  runs: 1_000,
  open: () =>
    Promise.resolve(
      scene(fc.nat(1_000_000), (number) => {
        if (number >= 10) throw new Error('too large')
      }),
    ),
}

t.test('a failure tells the smallest input', async (t) => {
  await t.rejects(run(isSmall, { seed: 1 }), { message: /numbers are small: [^]*Counterexample: \[10\]/ })
})

t.test('bug: a failure was not told for as long as there was a smaller input to look for', async (t) => {
  await t.rejects(run(isSmall, { seed: 1, shrinkingMs: 0 }), {
    message: /numbers are small: [^]*path: "\d+"[^]*Counterexample: \[\d{3,}\]/,
  })
})
