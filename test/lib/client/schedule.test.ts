/** Schedules, limiters, ids and barriers, as clients have them. Time is virtual. */
import assert from 'node:assert/strict'
import t from 'tap'
// What is loaded when it is first needed comes in no time of a simulated world.
import '../../../lib/client/coordination/party.js'
import '../../../lib/client/coordination/scheduler.js'
import { Ticks } from '../../../lib/client/coordination/ticks.js'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { BarrierBrokenError } from '../../../lib/client/coordination/barrier-broken.js'
import type { Tick } from '../../../lib/client/coordination/scheduler.js'
import { cutOff, rollcallOf, scene, settled } from './coordination-scene.js'

const TTL_MS = 2_000
const EACH_SECOND = '* * * * * *'

const told = ({ tick, since, missed }: Tick) => ({ tick: tick.getTime(), since: since.getTime(), missed })

t.test('each tick is run by one of those who take part, when it is due', async (t) => {
  const { stage, rollcalls } = await scene('a', 'b', 'c')
  const [a] = rollcalls
  assert.ok(a)
  const ran: ReturnType<typeof told>[] = []
  for (const rollcall of rollcalls)
    await settled(stage, 'it takes part', () =>
      rollcall.schedule('report').every(EACH_SECOND, (tick) => void ran.push(told(tick))),
    )
  await stage.until('some have been run', () => ran.length === 5, 10_000)
  for (const [at, { tick, since, missed }] of ran.entries()) {
    t.equal(tick % 1_000, 0)
    t.equal(missed, 0)
    if (at > 0) t.same([tick, since], [(ran[at - 1]?.tick ?? 0) + 1_000, ran[at - 1]?.tick])
  }
  await stage.run(200)
  t.match(await settled(stage, 'look', () => a.schedule('report').last()), { state: 'done', message: null })
})

t.test('while a tick is run the next ones wait, and the last of them stands for those before', async (t) => {
  const { stage, rollcalls } = await scene('a', 'b')
  const ran: ReturnType<typeof told>[] = []
  let running = 0
  for (const rollcall of rollcalls)
    await settled(stage, 'it takes part', () =>
      rollcall.schedule('report').every(
        EACH_SECOND,
        async (tick) => {
          ran.push(told(tick))
          t.equal(++running, 1)
          // Kept up for longer than its lease.
          await stage.world.sleep(3_300)
          t.equal(tick.signal.aborted, false)
          running -= 1
        },
        { ttlMs: TTL_MS },
      ),
    )
  await stage.until('two have been run', () => ran.length === 3, 20_000)
  for (const { tick, since, missed } of ran.slice(1)) {
    t.equal(missed, 2)
    t.equal(tick - since, 3_000)
  }
})

t.test('when whoever runs a tick dies another one runs it', async (t) => {
  const { stage, clients, rollcalls } = await scene('a', 'b')
  const [a, b] = rollcalls
  assert.ok(a && b)
  let begun: Tick | undefined
  await settled(stage, 'a takes part', () =>
    a.schedule('report').every(
      '*/10 * * * * *',
      async (tick) => {
        begun = tick
        await stage.world.sleep(1_000_000)
      },
      { ttlMs: TTL_MS },
    ),
  )
  await stage.until('a runs one', () => begun !== undefined, 15_000)
  const ran: Tick[] = []
  await settled(stage, 'b takes part', () =>
    b.schedule('report').every('*/10 * * * * *', (tick) => void ran.push(tick), { ttlMs: TTL_MS }),
  )
  await stage.run(500)
  t.same(ran, [])
  clients[0]?.kill()
  await stage.until('b has run it', () => ran.length === 1, 5_000)
  t.same(ran[0]?.tick, begun?.tick)
  t.ok((ran[0]?.token ?? 0) > (begun?.token ?? 0))
})

t.test('a clock that is wrong makes no tick early, and none late', async (t) => {
  const { stage, clients, rollcalls } = await scene('fast', 'right')
  const [fast, right] = rollcalls
  assert.ok(fast && right)
  clients[0]?.stepWall(3_600_000)
  const ran: number[] = []
  await settled(stage, 'it takes part', () =>
    fast.schedule('report').every(EACH_SECOND, ({ tick }) => void ran.push(tick.getTime())),
  )
  await stage.until('three have been run', () => ran.length === 3, 5_000)
  const ahead = (ran[2] ?? 0) - (clients[1]?.life?.clock.wall() ?? 0)
  t.ok(ahead <= 5 && ahead > -1_000, `${ahead} ms`)
})

t.test('a task that throws has ended its tick, and why is known', async (t) => {
  const { stage, rollcalls } = await scene('a')
  const [a] = rollcalls
  assert.ok(a)
  const schedule = a.schedule('report')
  t.equal(await settled(stage, 'look', () => schedule.last()), null)
  let tries = 0
  const worker = await settled(stage, 'it takes part', () =>
    schedule.every('*/10 * * * * *', () => {
      tries += 1
      throw new Error('no paper')
    }),
  )
  await stage.until('it has failed', () => tries === 1, 15_000)
  await stage.run(1_000)
  t.match(await settled(stage, 'look', () => schedule.last()), { state: 'failed', message: 'no paper' })
  t.equal(tries, 1)
  await stage.done('it takes part no more', () => worker.stop())
  await stage.run(11_000)
  t.equal(tries, 1)
  t.equal(await settled(stage, 'forgotten', () => schedule.forget()), true)
})

t.test('what has ticked while nobody was there is run once, and counted', async (t) => {
  const { stage, clients, rollcalls } = await scene('a')
  const [a] = rollcalls
  assert.ok(a)
  const ran: ReturnType<typeof told>[] = []
  await settled(stage, 'it takes part', () =>
    a.schedule('report').every(EACH_SECOND, (tick) => void ran.push(told(tick))),
  )
  await stage.until('one has been run', () => ran.length === 1, 5_000)
  clients[0]?.kill()
  await stage.run(5_000)
  clients[0]?.start()
  await stage.until('it runs again', () => clients[0]?.running !== undefined)
  const again = clients[0]
  assert.ok(again)
  await settled(stage, 'it takes part', () =>
    rollcallOf(again)
      .schedule('report')
      .every(EACH_SECOND, (tick) => void ran.push(told(tick))),
  )
  await stage.until('another one has been run', () => ran.length === 2, 5_000)
  const [first, second] = ran
  t.equal(second?.since, first?.tick)
  t.equal(second?.missed, ((second?.tick ?? 0) - (first?.tick ?? 0)) / 1_000 - 1)
  t.ok((second?.missed ?? 0) >= 4, `${second?.missed} were missed`)
})

t.test('expressions are read in their time zone, summer time and all', (t) => {
  const at = (text: string): number => Date.parse(text)
  const rome = new Ticks('30 2 * * *', 'Europe/Rome')
  t.equal(rome.after(at('2026-01-10T00:00:00Z')), at('2026-01-10T01:30:00Z'))
  t.equal(rome.after(at('2026-07-10T00:00:00Z')), at('2026-07-10T00:30:00Z'))
  const utc = new Ticks('0 3 * * *', 'UTC')
  t.equal(utc.latest(at('2026-03-01T02:59:59.999Z')), at('2026-02-28T03:00:00Z'))
  t.equal(utc.latest(at('2026-03-01T03:00:00Z')), at('2026-03-01T03:00:00Z'), 'just now')
  t.equal(utc.after(at('2026-03-01T03:00:00Z')), at('2026-03-02T03:00:00Z'), 'the next one')
  t.equal(utc.countBetween(at('2026-03-01T03:00:00Z'), at('2026-03-05T03:00:00Z')), 3)
  t.equal(new Ticks(EACH_SECOND, 'UTC').countBetween(0, at('2026-01-01T00:00:00Z')), 1_000, 'no further')
  const leap = new Ticks('0 0 29 2 *', 'UTC')
  t.equal(leap.latest(at('2104-01-01T00:00:00Z')), at('2096-02-29T00:00:00Z'))
  t.equal(new Ticks('0 0 31 4 *', 'UTC').latest(at('2026-01-01T00:00:00Z')), undefined, 'no such day')
  t.end()
})

t.test('whatever is looked at, the last tick is one that was next before', (t) => {
  for (const [expression, zone] of [
    ['*/7 * * * *', 'UTC'],
    ['15,45 2 * * *', 'Europe/Rome'],
    ['0 */6 * * 1', 'America/New_York'],
  ] as const) {
    const ticks = new Ticks(expression, zone)
    let tick = ticks.after(Date.parse('2026-10-20T00:00:00Z')) ?? 0
    for (let n = 0; n < 30; n++) {
      const next = ticks.after(tick) ?? 0
      t.ok(next > tick)
      t.equal(ticks.latest(next - 1), tick, `${expression} before ${new Date(next).toISOString()}`)
      tick = next
    }
  }
  t.end()
})

t.test('what is no expression, no time zone and no option is refused at once', async (t) => {
  const { stage, rollcalls } = await scene('one')
  const [one] = rollcalls
  assert.ok(one)
  const every = (expression: string, options?: object) =>
    settled(stage, 'it is refused', () =>
      one
        .schedule('a')
        .every(expression, () => undefined, options)
        .catch((error: unknown) => error),
    )
  for (const [expression, options] of [
    ['', {}],
    ['* * *', {}],
    ['61 * * * *', {}],
    ['* * * * *', { timeZone: 'Europe/Nowhere' }],
    ['* * * * *', { ttlMs: 99 }],
    ['* * * * *', { timezone: 'UTC' }],
  ] as const)
    t.ok((await every(expression, options)) instanceof InvalidParamsError, expression)
  const bad: readonly (() => unknown)[] = [
    () => one.schedule(''),
    () => one.rateLimiter('a', { permits: 0, perMs: 1_000 }),
    () => one.rateLimiter('a', JSON.parse('{"permits": 5}')),
    () => one.idGenerator('a', { block: 0 }),
    () => one.barrier('a', 0),
    () => one.barrier('a', 2, { ttlMs: 5 }),
  ]
  for (const make of bad) t.throws(make, InvalidParamsError, String(make))
  const limiter = one.rateLimiter('a', { permits: 5, perMs: 1_000 })
  await t.rejects(limiter.take('ann', 6), InvalidParamsError)
})

t.test('what all take together stays below the rate', async (t) => {
  const { stage, rollcalls } = await scene('a', 'b')
  const taken = [0, 0]
  for (const [at, rollcall] of rollcalls.entries())
    stage.world.spawn(async () => {
      const limiter = rollcall.rateLimiter('mails', { permits: 10, perMs: 1_000 })
      for (;;) {
        const answer = await limiter.take('ann')
        if (answer.allowed) taken[at] = (taken[at] ?? 0) + 1
        else await stage.world.sleep(answer.waitMs)
      }
    })
  await stage.run(3_000)
  const sum = taken.reduce((all, each) => all + each, 0)
  t.ok(sum > 30 && sum <= 41, `${sum} were taken`)
})

t.test('ids are given out once, however they are asked for', async (t) => {
  const { stage, rollcalls } = await scene('a', 'b')
  const given = await settled(stage, 'all have theirs', () =>
    Promise.all(
      rollcalls.flatMap((rollcall) => {
        const ids = rollcall.idGenerator('orders', { block: 10 })
        return Array.from({ length: 25 }, () => ids.next())
      }),
    ),
  )
  t.equal(new Set(given).size, 50)
  t.same(
    given.slice(0, 25),
    given.slice(0, 25).sort((one, other) => one - other),
    'to each they rise',
  )
  t.ok(Math.max(...given) <= 60)
})

t.test('parties pass a barrier together', async (t) => {
  const { stage, rollcalls } = await scene('a', 'b', 'c')
  const passed: (readonly [number, number])[] = []
  const cameAt: number[] = []
  for (const [at, rollcall] of rollcalls.entries())
    stage.world.spawn(async () => {
      const barrier = rollcall.barrier('phase', 3, { ttlMs: TTL_MS })
      for (let round = 0; round < 2; round++) {
        await stage.world.sleep(at * 3_000)
        cameAt.push(stage.world.now)
        passed.push([await barrier.wait(), stage.world.now])
      }
    })
  await stage.until('all have passed twice', () => passed.length === 6, 20_000)
  const [first, second] = [passed.slice(0, 3), passed.slice(3)]
  for (const round of [first, second]) t.equal(new Set(round.map(([generation]) => generation)).size, 1)
  t.ok((second[0]?.[0] ?? 0) > (first[0]?.[0] ?? 0))
  t.ok(Math.min(...first.map(([, now]) => now)) >= (cameAt[2] ?? Infinity))
})

t.test('when a party dies those who wait are told, and can come anew', async (t) => {
  const { stage, clients, rollcalls } = await scene('a', 'b', 'c')
  const [a, b, c] = rollcalls
  assert.ok(a && b && c)
  const barrier = () => a.barrier('phase', 3, { ttlMs: TTL_MS })
  const waited: unknown[] = []
  const wait = () =>
    waited.push(
      barrier()
        .wait()
        .catch((error: unknown) => error),
    ) - 1
  const first = wait()
  stage.world.spawn(async () => {
    await b.barrier('phase', 3, { ttlMs: TTL_MS }).wait()
  })
  await stage.run(500)
  t.equal(await settled(stage, 'look', () => c.barrier('phase', 3).waiting()), 2)
  clients[1]?.kill()
  const error = await settled(stage, 'it is broken', async () => waited[first])
  t.ok(error instanceof BarrierBrokenError)
  wait()
  wait()
  t.type(await settled(stage, 'they pass', () => c.barrier('phase', 3).wait()), 'number')
})

t.test('who waits at a barrier no longer leaves it, and the others are told', async (t) => {
  const { stage, clients, rollcalls } = await scene('a', 'b')
  const [a, b] = rollcalls
  assert.ok(a && b)
  const controller = new AbortController()
  const barrier = { ttlMs: TTL_MS }
  const leaving = a
    .barrier('phase', 3, barrier)
    .wait({ signal: controller.signal })
    .catch((error: unknown) => error)
  const staying = b
    .barrier('phase', 3, barrier)
    .wait()
    .catch((error: unknown) => error)
  await stage.run(500)
  controller.abort()
  t.match(await settled(stage, 'it leaves', () => leaving), { label: 'ABORTED' })
  t.match(await settled(stage, 'the other hears', () => staying), { name: 'BarrierBrokenError' })
  const away = b
    .barrier('phase', 1, barrier)
    .wait()
    .catch((error: unknown) => error)
  t.type(await settled(stage, 'alone it passes', () => away), 'number')
  t.ok(clients[1])
})

t.test('who was cut off while the others passed passes all the same', async (t) => {
  const { stage, clients, rollcalls } = await scene('a', 'b')
  const [a, b] = rollcalls
  assert.ok(a && b)
  let passed: unknown
  stage.world.spawn(async () => {
    passed = await a
      .barrier('phase', 2, { ttlMs: 10_000 })
      .wait()
      .catch((error: unknown) => error)
  })
  await stage.run(500)
  cutOff(stage, clients[0])
  const generation = await settled(stage, 'b passes', () => b.barrier('phase', 2).wait())
  await stage.run(12_000)
  t.equal(passed, undefined)
  stage.cluster.network.paths.mend()
  await stage.until('a hears of it', () => passed !== undefined)
  t.equal(passed, generation)
})
