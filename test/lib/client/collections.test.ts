/** Maps, sets and lists of the cluster as a client has them. */
import assert from 'node:assert/strict'
import t from 'tap'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import type { Rollcall } from '../../../lib/client/rollcall.js'
import { quietStage } from '../../simulation/quiet-stage.js'

/** What the task comes to, in a cluster where nothing goes wrong. */
async function inCluster<T>(task: (one: Rollcall, two: Rollcall) => Promise<T>): Promise<T> {
  const stage = await quietStage(1, { driftPpmMax: 0 })
  const clients = ['one', 'two'].map((name) => stage.cluster.client(name, 5_000))
  for (const client of clients) client.start()
  await stage.until('the clients run', () => clients.every(({ running }) => running !== undefined))
  const [one, two] = clients.map(({ running }) => running?.rollcall)
  assert.ok(one && two)
  const results: T[] = []
  await stage.done('the task', async () => void results.push(await task(one, two)))
  const [result] = results
  return result as T
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

t.test('a map is shared by all who name it, and its changes are told', async (t) => {
  const seen = await inCluster(async (one, two) => {
    const [stock, same] = [one.map<number>('stock'), two.map<number>('stock')]
    const watch = same.watch()
    await watch.begin()
    const found: unknown[] = [await stock.set('tea', 5), await same.set('tea', 6), await same.get('milk')]
    await Promise.all(
      [one, two, one].map((each) => each.map<number>('stock').update('tea', (n) => (n ?? 0) + 1)),
    )
    found.push(await stock.get('tea'), await stock.has('tea'), await stock.update('tea', () => null))
    found.push(await stock.size(), (await watch.next()).value?.data)
    await watch.return()
    return found
  })
  t.same(seen, [null, 5, null, 9, true, null, 0, { key: 'tea', value: 5 }])
})

t.test('more entries than an answer carries come one after another, sorted', async (t) => {
  const keys = await inCluster(async (one) => {
    await one.atomic((calls) =>
      Array.from({ length: 1_000 }, (_, n) => calls.object<MapLike>('map').set('m', `${n}`, n)),
    )
    await one.map('m').set('one more', true)
    return all(one.map('m'))
  })
  t.equal(keys.length, 1_001)
  t.same(
    keys.map(([key]) => key),
    keys.map(([key]) => key).sort(),
  )
})

interface MapLike {
  set(name: string, key: string, value: number): unknown
}

t.test('a set holds each text once, and a list whatever is put into it', async (t) => {
  const found = await inCluster(async (one, two) => {
    const [online, latest] = [one.set('online'), one.list<number>('latest')]
    const added = [await online.add('b'), await online.add('a'), await two.set('online').add('a')]
    const lengths = [
      await latest.push(1),
      await latest.push(2),
      await latest.push(3),
      await latest.unshift(0),
    ]
    return {
      added,
      values: await all(online),
      left: [await online.delete('a'), await online.has('a'), await online.size(), await online.clear()],
      lengths,
      list: await all(two.list('latest')),
      slices: [await latest.slice(1, -1), await latest.at(-1), await latest.set(0, 9), await latest.slice()],
      taken: [await latest.pop(), await latest.shift(), await latest.length(), await latest.clear()],
    }
  })
  t.same(found, {
    added: [true, true, false],
    values: ['a', 'b'],
    left: [true, false, 1, 1],
    lengths: [1, 2, 3, 4],
    list: [0, 1, 2, 3],
    slices: [[1, 2], 3, 0, [9, 1, 2, 3]],
    taken: [3, 9, 2, 2],
  })
})

t.test('what is no name is refused at once, and what is no value is not executed', async (t) => {
  await inCluster(async (one) => {
    for (const make of [() => one.map(''), () => one.set('x'.repeat(513)), () => one.list(JSON.parse('7'))])
      t.throws(make, InvalidParamsError, String(make))
    await t.rejects(one.map('m').set('a', null), InvalidParamsError)
    await t.rejects(one.list<unknown>('l').push(undefined), InvalidParamsError)
    t.equal(await one.list('l').length(), 0)
  })
})
