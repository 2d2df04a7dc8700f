/** Sessions of a caller: opened when they are needed, alive while they may be needed again, closed then. */
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { SessionExpiredError, UnreachableError } from '../../lib/rpc/errors.js'
import { SessionKeeper } from '../../lib/rpc/calling/session-keeper.js'
import type { Ticket } from '../../lib/rpc/calling/session-keeper.js'
import { ManualClock } from '../harness/manual-clock.js'

const TTL_MS = 60_000
const WINDOW = 4_096

/** A keeper, and what it has asked of the clusters. */
class Scene {
  readonly clock = new ManualClock()
  opened = 0
  readonly kept: string[] = []
  readonly closed: string[] = []
  answer: () => Promise<unknown> = () => Promise.resolve()
  readonly keeper = new SessionKeeper({
    clock: this.clock,
    keepAlive: (cluster, session) => {
      this.kept.push(`${cluster} ${session}`)
      return this.answer()
    },
    close: (cluster, session) => this.closed.push(`${cluster} ${session}`),
  })

  readonly open = (): Promise<Json> => Promise.resolve({ session: `s${++this.opened}`, ttlMs: TTL_MS })

  ticket(cluster = 'one'): Promise<Ticket> {
    return this.keeper.ticket(cluster, this.open)
  }
}

/** Lets promises that are settled be heard. */
const heard = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

t.test('those who wait for a session share its opening', async (t) => {
  const scene = new Scene()
  const tickets = await Promise.all([1, 2, 3].map(() => scene.ticket()))
  t.same(
    tickets.map(({ session, seq }) => [session, seq]),
    [
      ['s1', 1],
      ['s1', 2],
      ['s1', 3],
    ],
  )
})

t.test('an opening that failed is told to all who wait, and the next one tries anew', async (t) => {
  const scene = new Scene()
  const failing = (): Promise<never> => Promise.reject(new UnreachableError('nobody there'))
  const both = [scene.keeper.ticket('one', failing), scene.keeper.ticket('one', failing)]
  for (const each of both) await t.rejects(each, { message: 'nobody there' })
  t.match(await scene.ticket(), { session: 's1', seq: 1 })
})

t.test('an answer that is no session is an error', async (t) => {
  for (const answer of [
    null,
    {},
    { session: 1, ttlMs: 1 },
    { session: 's', ttlMs: 0 },
    { session: 's', ttlMs: Infinity },
  ])
    await t.rejects(
      new Scene().keeper.ticket('one', async () => answer),
      /no session/,
    )
})

t.test('a session that is said to end at once does not keep its holder busy', async (t) => {
  const scene = new Scene()
  await scene.keeper.ticket('one', () => Promise.resolve({ session: 's', ttlMs: 0.001 }))
  scene.clock.advance(1000)
  t.equal(scene.kept.length, 10)
})

t.test('the first outstanding number is the lowest that has not come back', async (t) => {
  const scene = new Scene()
  const [first, second, third] = [await scene.ticket(), await scene.ticket(), await scene.ticket()]
  second.done()
  t.equal(third.firstOutstanding, 1)
  first.done()
  first.done()
  t.equal(third.firstOutstanding, 3)
  third.done()
  t.equal((await scene.ticket()).firstOutstanding, 4)
})

t.test('an idle session is kept alive, three times in its life', async (t) => {
  const scene = new Scene()
  ;(await scene.ticket()).done()
  scene.clock.advance(TTL_MS)
  t.same(scene.kept, ['one s1', 'one s1', 'one s1'])
})

t.test('a session in use is kept alive by its commands', async (t) => {
  const scene = new Scene()
  for (let second = 0; second < 100; second += 1) {
    ;(await scene.ticket()).done()
    scene.clock.advance(1000)
  }
  t.same(scene.kept, [])
})

t.test('a session that was not used for minutes is closed, and the next command opens another', async (t) => {
  const scene = new Scene()
  ;(await scene.ticket()).done()
  scene.clock.advance(10 * 60_000)
  t.same(scene.closed, ['one s1'])
  t.equal(scene.kept.length, 15, 'five minutes')
  t.match(await scene.ticket(), { session: 's2', seq: 1 })
})

t.test('a session whose command still waits is kept as long as that takes', async (t) => {
  const scene = new Scene()
  const ticket = await scene.ticket()
  scene.clock.advance(10 * 60_000)
  t.same(scene.closed, [])
  t.equal(scene.kept.length, 30)
  ticket.done()
  scene.clock.advance(TTL_MS)
  t.same(scene.closed, ['one s1'])
})

t.test('when a session proves to be over, the next command opens another', async (t) => {
  const scene = new Scene()
  ;(await scene.ticket()).done()
  scene.answer = () => Promise.reject(new UnreachableError('nobody there'))
  scene.clock.advance(TTL_MS / 3)
  await heard()
  t.match(await scene.ticket(), { session: 's1' }, 'nobody has said so yet')

  scene.answer = () => Promise.reject(new SessionExpiredError('over'))
  scene.clock.advance(TTL_MS)
  await heard()
  const ticket = await scene.ticket()
  t.match(ticket, { session: 's2' })
  scene.keeper.expired(ticket)
  t.match(await scene.ticket(), { session: 's3' })
  t.same(scene.closed, [], 'there is nothing to close')
})

t.test(
  'a session has no more numbers out than a member keeps results; another one takes its place',
  async (t) => {
    const scene = new Scene()
    const slow = await scene.ticket()
    const others = await Promise.all(Array.from({ length: WINDOW - 1 }, () => scene.ticket()))
    for (const ticket of others) ticket.done()
    t.match(await scene.ticket(), { session: 's2', seq: 1 })
    t.same(scene.closed, [])
    slow.done()
    t.same(scene.closed, ['one s1'], 'once its last command is over')
  },
)

t.test('each cluster has its own', async (t) => {
  const scene = new Scene()
  t.match(await scene.ticket('one'), { session: 's1', seq: 1, cluster: 'one' })
  t.match(await scene.ticket('other'), { session: 's2', seq: 1, cluster: 'other' })
})

t.test('closing closes them all, one that is just being opened too, and leaves no timer', async (t) => {
  const scene = new Scene()
  await scene.ticket('one')
  const late = scene.ticket('other')
  scene.keeper.close()
  await t.rejects(late, { name: 'UnreachableError' })
  t.same(scene.closed, ['one s1', 'other s2'])
  t.equal(scene.clock.armed, 0)
})
