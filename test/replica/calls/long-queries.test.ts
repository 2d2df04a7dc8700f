/** A query that takes long keeps nobody from being heard. */
import t from 'tap'
import { ms } from '../../../lib/ports.js'
import { LongQueries } from '../../../lib/replica/calls/long-queries.js'
import type { Steps } from '../../../lib/replica/objects/stepwise.js'
import { InvalidParamsError, OverloadedError } from '../../../lib/rpc/errors.js'
import { JsonText } from '../../../lib/rpc/exposed.js'
import type { CallContext, ConnectionContext } from '../../../lib/rpc/exposed.js'
import { LoneMember } from '../lone-member.js'
import { StandingClock } from '../../harness/standing-clock.js'

const connection: ConnectionContext = { kind: 'lines', remote: 'there' }
const context: CallContext = { connection, meta: {}, deadline: undefined }

/** A call of a connection of its own. */
function from(remote: string, kind: ConnectionContext['kind'] = 'lines'): CallContext {
  return { connection: { kind, remote }, meta: {}, deadline: undefined }
}

/** Of half a millisecond each. */
function scene() {
  const clock = new StandingClock()
  const queries = new LongQueries(clock)
  let open = 0
  function* steps(count: number, ran: () => void = () => undefined): Steps<number> {
    open += 1
    try {
      for (let n = 0; n < count; n++) {
        clock.time += 0.5
        ran()
        yield
      }
      return count
    } finally {
      open -= 1
    }
  }
  return { clock, queries, steps, open: () => open }
}

t.test('it runs for a few milliseconds at a time', async (t) => {
  const { clock, queries, steps } = scene()
  const result = queries.run('it.is', steps(2_000), context)
  let most = 0
  for (let before = clock.time; clock.look(); before = clock.time) most = Math.max(most, clock.time - before)
  t.equal(await result, 2_000)
  t.ok(most <= 4, `at most ${most} ms without a look for input`)
})

t.test('a short one does not wait for the end of a long one', async (t) => {
  const { clock, queries, steps } = scene()
  const order: string[] = []
  const long = queries.run('it.is', steps(2_000), context).then(() => order.push('long'))
  clock.look()
  const short = queries.run('it.is', steps(3), context).then(() => order.push('short'))
  while (clock.look()) await Promise.resolve()
  await Promise.all([long, short])
  t.same(order, ['short', 'long'])
})

t.test('four are under way at a time, and beyond 64 that wait they are refused', async (t) => {
  const { clock, queries, steps, open } = scene()
  const all = Array.from({ length: 68 }, (_, n) => queries.run('it.is', steps(20), from(`a:${n}`)))
  await t.rejects(queries.run('it.is', steps(1), from('b:1')), OverloadedError)
  let most = 0
  while (clock.look()) most = Math.max(most, open())
  t.same(await Promise.all(all), Array(68).fill(20))
  t.ok(most <= 4, `${most} under way`)
  t.equal(open(), 0)
})

for (const kind of ['lines', 'http'] as const)
  t.test(`a thousand of one caller over ${kind} keep nobody else from asking`, async (t) => {
    const { clock, queries, steps } = scene()
    const one = from('a:1', kind)
    const order: string[] = []
    const many = Array.from({ length: 1000 }, (_, n) =>
      queries.run('it.is', steps(20), kind === 'lines' ? one : from(`a:${n}`, kind)).then(
        () => order.push('many'),
        () => undefined,
      ),
    )
    const honest = queries.run('it.is', steps(20), from('b:1', kind)).then(() => order.push('honest'))
    while (clock.look()) await Promise.resolve()
    await Promise.all([honest, ...many])
    t.ok(order.indexOf('honest') < 8, `${order.indexOf('honest')} before it`)
    t.equal(order.length, 1 + 4 + 32, 'half of the places are left for all others')
  })

t.test('one for which nobody waits any more is given up, and what it had open is closed', async (t) => {
  const { clock, queries, steps, open } = scene()
  const gone = { ...connection, isGone: false }
  let ran = 0
  const left = queries.run(
    'it.is',
    steps(100, () => (ran += 1)),
    { ...context, connection: gone },
  )
  const late = queries.run('it.is', steps(100), { ...context, deadline: ms(clock.time + 6) })
  clock.look()
  gone.isGone = true
  const ranBefore = ran
  while (clock.look());
  await t.rejects(left, OverloadedError)
  await t.rejects(late, OverloadedError)
  t.equal(ran, ranBefore)
  t.equal(open(), 0)
})

t.test('what it throws is its error', async (t) => {
  const { clock, queries } = scene()
  function* failing(): Steps<number> {
    yield
    throw new RangeError('no')
  }
  const result = queries.run('it.is', failing(), context)
  while (clock.look());
  await t.rejects(result, RangeError)
})

t.test('the keys of a store are such a query, also asked for as they were', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  for (const key of ['b', 'a']) void member.call(replica, 'set', [key, 1])
  await member.pass(20)
  const answers = [member.call(replica, 'keys', []), member.call(replica, 'keys', [7])]
  await member.pass(20)
  const [keys, refused] = await Promise.all(answers)
  t.ok(keys instanceof JsonText)
  t.match(keys, { text: '["a","b"]' })
  t.ok(refused instanceof InvalidParamsError)
  const stale = replica.objects.get('kv')?.methods.get('keys')
  const answer: unknown = stale?.handler(['b'], { ...context, meta: { consistency: 'stale' } })
  await member.pass(1)
  t.match(await answer, { result: { text: '["b"]' }, meta: { ageMs: Number } })
  await replica.stop()
})
