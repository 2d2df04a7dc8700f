import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { ms } from '../../lib/ports.js'
import { NoQuorumError, UnreachableError, type RollcallError } from '../../lib/rpc/errors.js'
import { RetryLoop, type Attempt } from '../../lib/rpc/calling/retry-loop.js'
import { ManualClock } from '../harness/manual-clock.js'

const TIME_MS = 10_000
const refusal = new NoQuorumError('two of four')
const later = { error: refusal, next: 'later' } as const

/** A call whose attempts come to these, the last one ever after. */
function calling(...outcomes: readonly Attempt<string>[]) {
  const clock = new ManualClock()
  const begunAt = clock.now()
  const attempts: { readonly at: number; readonly before: RollcallError | undefined }[] = []
  const waits: string[] = []
  const longest = { below: (limit: number) => limit - 1, identifier: () => '' }
  const loop = new RetryLoop<{ readonly deadline: ReturnType<typeof ms> }, string>(
    { clock, random: longest },
    {
      attempt: (_, before) => {
        attempts.push({ at: clock.now() - begunAt, before })
        return Promise.resolve(outcomes[attempts.length - 1] ?? outcomes.at(-1) ?? later)
      },
      verdict: (_, { error, next }) => new UnreachableError(next, { cause: error }),
    },
  )
  const call = loop.run({ deadline: ms(begunAt + TIME_MS) }, (why) => waits.push(why))
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  call.then(end, end)
  const passTime = async (): Promise<void> => {
    await turn()
    while (!isOver) {
      clock.advance(1)
      await turn()
    }
  }
  return { call, attempts, waits, passTime, clock }
}

t.test('a failure that passes is followed by another attempt, which is told of it', async (t) => {
  const { call, attempts, waits, passTime } = calling(later, { result: 'done' })
  await passTime()
  t.equal(await call, 'done')
  t.same(
    attempts.map(({ before }) => before),
    [undefined, refusal],
  )
  t.same(waits, ['two of four'])
})

t.test('pauses grow up to a quarter of a second, and none reaches beyond the deadline', async (t) => {
  const { call, attempts, passTime, clock } = calling(later)
  await Promise.all([passTime(), t.rejects(call, { message: 'later', cause: refusal })])
  const times = attempts.map(({ at }) => at)
  t.same(times.slice(0, 7), [0, 20, 60, 140, 300, 550, 800])
  t.ok((times.at(-1) ?? 0) < TIME_MS && (times.at(-1) ?? 0) >= TIME_MS - 250, String(times.at(-1)))
  t.equal(clock.armed, 0)
})

t.test('an attempt that may follow at once does, without a word', async (t) => {
  const { call, attempts, waits } = calling({ error: refusal, next: 'now' }, { result: 'done' })
  t.equal(await call, 'done')
  t.equal(attempts.length, 2)
  t.same(waits, [])
})

t.test('what another attempt would not change ends it', async (t) => {
  const { call, attempts } = calling({ error: refusal, next: 'never' })
  await t.rejects(call, { message: 'never', cause: refusal })
  t.equal(attempts.length, 1)
})
