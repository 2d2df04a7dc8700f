/** What a client holds: kept up, given back, waited for in a row, and given up in time. Time is virtual. */
import assert from 'node:assert/strict'
import t from 'tap'
// What is loaded when it is first needed comes in no time of a simulated world.
import '../../../lib/client/coordination/turn.js'
import '../../../lib/client/coordination/job.js'
import '../../../lib/client/coordination/worker.js'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { LeaseLostError } from '../../../lib/client/coordination/lease-lost.js'
import type { Hold } from '../../../lib/client/coordination/ports.js'
import { cutOff, rollcallOf, scene, settled } from './coordination-scene.js'

const TTL_MS = 2_000

const some = { ttlMs: TTL_MS }

t.test('a lock is kept up for as long as its task runs, and given back after it', async (t) => {
  const { stage, rollcalls } = await scene('one', 'two')
  const [one, two] = rollcalls
  const lock = one?.lock('a', some)
  const seen: unknown[] = []
  await stage.done('the task', async () => {
    const result = await lock?.run(async ({ token, signal }) => {
      await stage.world.sleep(3 * TTL_MS - 500)
      seen.push(
        signal.aborted,
        await two?.lock('a').tryAcquire(),
        (await two?.lock('a').holder())?.token === token,
      )
      return 'done'
    })
    seen.push(result, await two?.lock('a').holder())
  })
  t.same(seen, [false, null, true, 'done', null])
})

t.test('a task that fails gives it back, and fails as it did', async (t) => {
  const { stage, rollcalls } = await scene('one')
  const [one] = rollcalls
  const failing = (): Promise<unknown> =>
    Promise.resolve(one?.lock('a').run(() => Promise.reject(new RangeError('no'))))
  const error = await settled(stage, 'the task', () => failing().catch((thrown: unknown) => thrown))
  t.match(error, { name: 'RangeError', message: 'no' })
  t.equal(await settled(stage, 'look', async () => one?.lock('a').holder()), null)
})

t.test('those who wait have it in the order in which they came, each by a higher token', async (t) => {
  const names = ['a', 'b', 'c', 'd']
  const { stage, rollcalls } = await scene(...names)
  const had: (readonly [string, number])[] = []
  let left = rollcalls.length
  for (const [at, rollcall] of rollcalls.entries()) {
    stage.world.spawn(async () => {
      await stage.world.sleep(at * 200)
      await rollcall.lock('x', some).run(async ({ token }) => {
        had.push([names[at] ?? '', token])
        await stage.world.sleep(1_500)
      })
      left -= 1
    })
  }
  await stage.until('all have had it', () => left === 0, 10_000)
  t.same(
    had.map(([name]) => name),
    names,
  )
  const tokens = had.map(([, token]) => token)
  t.same(
    tokens,
    [...tokens].sort((a, b) => a - b),
  )
})

t.test('when its holder dies the next one has it after the lease, and soon after a release', async (t) => {
  const { stage, clients, rollcalls } = await scene('one', 'two')
  const [one, two] = rollcalls
  const first = await settled(stage, 'one has it', async () => one?.lock('a', some).acquire())
  let second: Hold | undefined
  stage.world.spawn(async () => (second = await two?.lock('a', some).acquire()))
  await stage.run(1_000)
  clients[0]?.kill()
  const diedAt = stage.world.now
  await stage.until('two has it', () => second !== undefined)
  const waited = stage.world.now - diedAt
  t.ok(waited > TTL_MS / 3 && waited <= TTL_MS + 100, `${waited} ms`)
  t.ok((second?.token ?? 0) > (first?.token ?? 0))
  clients[0]?.start()
  await stage.until('one runs again', () => clients[0]?.running !== undefined)
  let third: Hold | undefined
  const again = clients[0]
  assert.ok(again)
  stage.world.spawn(async () => (third = await rollcallOf(again).lock('a', some).acquire()))
  await stage.run(1_000)
  const releasedAt = stage.world.now
  stage.world.spawn(() => Promise.resolve(second?.release()))
  await stage.until('one has it again', () => third !== undefined)
  t.ok(stage.world.now - releasedAt < TTL_MS / 6, 'who waits hears of it before it looks again')
})

t.test('a holder that reaches nobody gives up before anybody else can have it', async (t) => {
  const { stage, clients, rollcalls } = await scene('one', 'two')
  const [one, two] = rollcalls
  const hold = await settled(stage, 'one has it', async () => one?.lock('a', some).acquire())
  let second: Hold | undefined
  stage.world.spawn(async () => (second = await two?.lock('a', some).acquire()))
  await stage.run(500)
  cutOff(stage, clients[0])
  await stage.until('it has given up', () => hold?.signal.aborted === true)
  t.equal(second, undefined)
  t.ok(hold?.signal.reason instanceof LeaseLostError)
  t.match(String(hold?.signal.reason), /the lock "a" \(token \d+\) was lost: nobody has answered for 1600 ms/)
  await stage.until('two has it', () => second !== undefined)
})

t.test('bug: who waited for a lock was thrown out by an outage longer than a call may take', async (t) => {
  const { stage, clients, rollcalls } = await scene('one', 'two')
  const [one, two] = rollcalls
  const hold = await settled(stage, 'one has it', async () => one?.lock('a', some).acquire())
  let second: unknown
  stage.world.spawn(async () => {
    second = await two
      ?.lock('a', some)
      .acquire()
      .catch((error: unknown) => error)
  })
  await stage.run(500)
  cutOff(stage, clients[1])
  await stage.run(12_000)
  t.equal(second, undefined, 'it waits')
  stage.cluster.network.paths.mend()
  await stage.done('one gives it back', async () => hold?.release())
  await stage.until('two has it', () => second !== undefined)
  t.match(second, { token: Number })
})

t.test('who stood still for longer than the lease is told that it is lost', async (t) => {
  const { stage, clients, rollcalls } = await scene('one', 'two')
  const hold = await settled(stage, 'one has it', async () => rollcalls[0]?.lock('a', some).acquire())
  clients[0]?.pause(3 * TTL_MS)
  await stage.run(3 * TTL_MS + 500)
  t.equal(hold?.signal.aborted, true)
  t.equal(await settled(stage, 'look', async () => rollcalls[1]?.lock('a').holder()), null)
})

t.test('a holder whose lock is given back by somebody else is told so', async (t) => {
  const { stage, rollcalls } = await scene('one', 'two')
  const [one, two] = rollcalls
  const hold = await settled(stage, 'one has it', async () => one?.lock('a', some).acquire())
  await settled(stage, 'it is taken away', async () => {
    const holder = (await two?.lock('a').holder())?.holder ?? ''
    return two?.call('lock', 'release', ['a', holder])
  })
  t.equal(hold?.signal.aborted, false)
  await stage.run(TTL_MS / 3 + 100)
  t.match(String(hold?.signal.reason), /was lost: its lease was over/)
})

t.test('who waits no longer leaves the row', async (t) => {
  const { stage, rollcalls } = await scene('one', 'two')
  const [one, two] = rollcalls
  const hold = await settled(stage, 'one has it', async () => one?.lock('a', some).acquire())
  const controller = new AbortController()
  const waiting = Promise.resolve(two?.lock('a', some).acquire({ signal: controller.signal })).catch(
    (error: unknown) => error,
  )
  await stage.run(500)
  t.equal((await settled(stage, 'look', async () => one?.lock('a').holder()))?.waiting, 1)
  controller.abort(new Error('enough'))
  await stage.run(100)
  t.match(await waiting, { label: 'ABORTED', message: /the lock "a" is not waited for any more/ })
  t.equal((await settled(stage, 'look', async () => one?.lock('a').holder()))?.waiting, 0)
  await settled(stage, 'released', async () => hold?.release())
})

t.test('a client that is closed holds nothing any more', async (t) => {
  const { stage, rollcalls } = await scene('one')
  const hold = await settled(stage, 'one has it', async () => rollcalls[0]?.lock('a', some).acquire())
  rollcalls[0]?.close()
  t.match(hold?.signal, { aborted: true, reason: { message: /the client was closed/ } })
  const late = rollcalls[0]?.lock('b').tryAcquire()
  await stage.done('what is asked for later', async () => {
    await t.rejects(Promise.resolve(late))
  })
})

t.test('a semaphore lets so many in', async (t) => {
  const { stage, rollcalls } = await scene('a', 'b', 'c')
  let [inside, most, done] = [0, 0, 0]
  for (const rollcall of rollcalls)
    for (let n = 0; n < 3; n++)
      stage.world.spawn(async () => {
        await rollcall.semaphore('db', 2, some).run(async () => {
          inside += 1
          most = Math.max(most, inside)
          await stage.world.sleep(300)
          inside -= 1
        })
        done += 1
      })
  await stage.run(350)
  t.match(await settled(stage, 'look', async () => rollcalls[0]?.semaphore('db', 2).usage()), { taken: 2 })
  await stage.until('all were in', () => done === 9)
  t.equal(most, 2)
})

t.test('who is elected is known to all, and each change is told once', async (t) => {
  const { stage, clients, rollcalls } = await scene('a', 'b', 'c')
  const [a, b, c] = rollcalls
  const seen: unknown[] = []
  stage.world.spawn(async () => {
    for await (const leader of c?.election('shard').watch() ?? []) seen.push(leader?.value ?? null)
  })
  await stage.until('it is watched', () => seen.length === 1)
  const first = await settled(stage, 'a leads', async () =>
    a?.election('shard', some).campaign({ value: 'at a' }),
  )
  let second: Hold | undefined
  stage.world.spawn(async () => (second = await b?.election('shard', some).campaign({ value: 'at b' })))
  await stage.run(500)
  t.same((await settled(stage, 'look', async () => c?.election('shard').leader()))?.value, 'at a')
  await settled(stage, 'a resigns', async () => first?.release())
  await stage.until('b leads', () => second !== undefined)
  clients[1]?.kill()
  await stage.until('nobody leads', () => seen.at(-1) === null && seen.length > 1)
  t.same(seen, [null, 'at a', 'at b', null])
})

t.test('what is no name and no option is refused at once', async (t) => {
  const { rollcalls } = await scene('one')
  const [one] = rollcalls
  assert.ok(one)
  const bad: readonly (() => unknown)[] = [
    () => one.lock(''),
    () => one.lock('x'.repeat(513)),
    () => one.lock('a', { ttlMs: 99 }),
    () => one.lock('a', JSON.parse('{"ttl": 5000}')),
    () => one.semaphore('a', 0),
    () => one.semaphore('a', 501),
    () => one.election(JSON.parse('7')),
  ]
  for (const make of bad) t.throws(make, InvalidParamsError, String(make))
  await t.rejects(one.lock('a').acquire(JSON.parse('{"wait": 1}')), InvalidParamsError)
})

t.test('a job is run by one of those who ask, and all have its result', async (t) => {
  const { stage, rollcalls } = await scene('a', 'b', 'c')
  let runs = 0
  const results: unknown[] = []
  for (const rollcall of rollcalls)
    stage.world.spawn(async () => {
      const job = rollcall.once('report', some)
      const result = await job.run(async () => {
        runs += 1
        await stage.world.sleep(2 * TTL_MS)
        return { pages: 7 }
      })
      results.push(result)
    })
  await stage.until('all have it', () => results.length === 3)
  t.equal(runs, 1)
  t.same(results, [{ pages: 7 }, { pages: 7 }, { pages: 7 }])
})

t.test('when whoever runs a job dies the next one runs it', async (t) => {
  const { stage, clients, rollcalls } = await scene('a', 'b')
  const [a, b] = rollcalls
  let begun = false
  stage.world.spawn(async () => {
    await a?.once('report', some).run(async () => {
      begun = true
      await stage.world.sleep(100_000)
      return 'never'
    })
  })
  await stage.until('a runs it', () => begun)
  let result: unknown
  stage.world.spawn(async () => (result = await b?.once('report', some).run(() => 'by b')))
  await stage.run(500)
  clients[0]?.kill()
  await stage.until('b has run it', () => result === 'by b')
  t.equal(await settled(stage, 'it is forgotten', async () => b?.once('report').forget()), true)
  t.equal(await settled(stage, 'it is run again', async () => b?.once('report').run(() => 'anew')), 'anew')
})

t.test('a job that fails is thrown where it ran, and the next one runs it or hears why not', async (t) => {
  const { stage, rollcalls } = await scene('a', 'b')
  const [a, b] = rollcalls
  const failing = (options: { readonly atMostOnce: boolean }): Promise<unknown> =>
    Promise.resolve(a?.once('report', options).run(() => Promise.reject(new RangeError('no paper')))).catch(
      (error: unknown) => error,
    )
  const again = (options: { readonly atMostOnce: boolean }): Promise<unknown> =>
    Promise.resolve(b?.once('report', options).run(() => 'well')).catch((error: unknown) => error)
  t.match(await settled(stage, 'a fails', () => failing({ atMostOnce: false })), { name: 'RangeError' })
  t.equal(await settled(stage, 'b runs it', () => again({ atMostOnce: false })), 'well')
  await settled(stage, 'forgotten', async () => a?.once('report').forget())
  const odd = (): Promise<unknown> =>
    Promise.resolve(a?.once('report').run(() => new Map([[1, 2]]))).catch((error: unknown) => error)
  t.match(await settled(stage, 'no JSON', odd), { name: 'TypeError', message: /to return JSON: its result/ })
  const nothing = async (): Promise<unknown> => a?.once('report').run((): unknown => undefined)
  t.equal(await settled(stage, 'nothing', nothing), null)
  await settled(stage, 'forgotten', async () => a?.once('report').forget())
  t.match(await settled(stage, 'a fails', () => failing({ atMostOnce: true })), { name: 'RangeError' })
  t.match(await settled(stage, 'b hears of it', () => again({ atMostOnce: true })), {
    name: 'JobFailedError',
    message: 'the job "report" has failed, and is run at most once: no paper',
  })
})

t.test(
  'workers do each job, so many at a time, and a job of a worker that dies is done by another',
  async (t) => {
    const { stage, clients, rollcalls } = await scene('a', 'b', 'c')
    const [a, b, c] = rollcalls
    assert.ok(a && b && c)
    const done: unknown[] = []
    let [inside, most, isHeldUp] = [0, 0, false]
    const worker = a.queue('mails').work(
      async ({ data }) => {
        most = Math.max(most, ++inside)
        if (data === 3) {
          isHeldUp = true
          await stage.world.sleep(1_000_000)
        }
        await stage.world.sleep(100)
        inside -= 1
        done.push(data)
      },
      { concurrency: 2, ttlMs: TTL_MS },
    )
    await stage.done('jobs are put', async () => {
      for (let n = 0; n < 5; n++) await c.queue('mails').put(n)
    })
    await stage.until('one is held up', () => isHeldUp && done.length === 4)
    await stage.run(200)
    t.equal(most, 2)
    t.match(await settled(stage, 'look', () => c.queue('mails').counts()), { taken: 1, ready: 0 })
    const attempts: number[] = []
    const other = b.queue('mails').work(
      ({ data, attempt }) => {
        done.push(data)
        attempts.push(attempt)
      },
      { ttlMs: TTL_MS },
    )
    clients[0]?.kill()
    await stage.until('the other one has done it', () => done.length === 5)
    t.same([...done].sort(), [0, 1, 2, 3, 4])
    t.same(attempts, [2])
    await stage.done('it stops', () => other.stop())
    await settled(stage, 'one more is put', () => c.queue('mails').put(5))
    t.match(await settled(stage, 'look', () => c.queue('mails').counts()), { taken: 0, ready: 1 })
    t.ok(worker)
  },
)

t.test('a job that fails is tried again, and kept aside when it has failed as often as it may', async (t) => {
  const { stage, rollcalls } = await scene('a')
  const [a] = rollcalls
  assert.ok(a)
  const queue = a.queue('mails')
  let tries = 0
  const worker = queue.work(() => {
    tries += 1
    throw new Error(`no route ${tries}`)
  })
  await settled(stage, 'it is put', () => queue.put('x', { id: 'mail 7', tries: 2 }))
  await stage.until('it has failed twice', () => tries === 2)
  await stage.run(200)
  t.same(await settled(stage, 'look', () => queue.dead()), [
    { id: 'mail 7', data: 'x', message: 'no route 2' },
  ])
  t.equal(await settled(stage, 'revived', () => queue.revive('mail 7')), true)
  await stage.until('it is tried again', () => tries === 3)
  t.equal(await settled(stage, 'discarded', () => queue.discard('mail 7')), true)
  a.close()
  await stage.done('a worker of a closed client ends', () => worker.stop())
})

t.test('bug: a worker whose watch could not begin heard of nothing from then on', async (t) => {
  const { stage, clients, rollcalls } = await scene('one', 'two')
  const [one, two] = rollcalls
  assert.ok(one && two)
  cutOff(stage, clients[0])
  const done: unknown[] = []
  const worker = one.queue('mails').work(({ data }) => void done.push(data))
  await stage.run(40_000)
  stage.cluster.network.paths.mend()
  await stage.run(8_000)
  for (let n = 0; n < 3; n++) {
    await settled(stage, 'it is put', () => two.queue('mails').put(n))
    await stage.until('it is done', () => done.length === n + 1, 1_000)
  }
  t.same(done, [0, 1, 2])
  await stage.done('it stops', () => worker.stop())
})

t.test('bug: who waited for a job, or had run it, was thrown out by an outage', async (t) => {
  const { stage, clients, rollcalls } = await scene('one', 'two')
  let runs = 0
  const results: unknown[] = []
  for (const rollcall of rollcalls)
    stage.world.spawn(async () => {
      const result = await rollcall.once('report', some).run(async () => {
        await stage.world.sleep(1_000)
        return (runs += 1)
      })
      results.push(result)
    })
  await stage.run(500)
  for (const client of clients) cutOff(stage, client)
  await stage.run(12_000)
  t.same([runs, results], [1, []], 'nobody can be told')
  stage.cluster.network.paths.mend()
  await stage.until('both know it', () => results.length === 2)
  t.same(results, [runs, runs], 'of those who have run it the one counts whose lease was not over')
})

t.test('bug: a result that nobody could be told within the time of a call was lost', async (t) => {
  const { stage, clients, rollcalls } = await scene('one')
  let runs = 0
  let result: unknown
  stage.world.spawn(async () => {
    result = await rollcalls[0]?.once('report', { ttlMs: 60_000 }).run(async () => {
      await stage.world.sleep(1_000)
      return (runs += 1)
    })
  })
  await stage.run(500)
  cutOff(stage, clients[0])
  await stage.run(12_000)
  t.equal(result, undefined)
  stage.cluster.network.paths.mend()
  await stage.until('it is told', () => result !== undefined)
  t.same([runs, result], [1, 1])
})
