/** Ids, each given out once. */
import t from 'tap'
import { InvalidParamsError, OverloadedError } from '../../../lib/rpc/errors.js'
import { ID_LIMITS, IdGenerator } from '../../../lib/shipped/id-generator.js'
import { copyOf, Played } from './played.js'

t.test('blocks follow one another, for each name from 1', async (t) => {
  const ids = new Played(new IdGenerator())
  const reserve = (name: string, count?: number) => ids.run((it) => it.reserve(name, count))
  t.equal(reserve('orders', 10), 1)
  t.equal(reserve('orders'), 11)
  t.equal(reserve('orders', 10), 12)
  t.equal(reserve('mails'), 1)
  t.equal(ids.object.last('orders'), 21)
  t.equal(ids.object.last('nobody'), 0)
  const copy = await copyOf(ids.object, IdGenerator)
  t.equal(
    new Played(copy).run((it) => it.reserve('orders')),
    22,
  )
})

t.test('what an attempt that fails has reserved is reserved by the next one', (t) => {
  const ids = new Played(new IdGenerator())
  const undone = () =>
    ids.run((it) =>
      it.attempt(() => {
        it.reserve('orders', 10)
        throw new Error('undone')
      }),
    )
  t.throws(undone, /undone/)
  t.equal(
    ids.run((it) => it.reserve('orders')),
    1,
  )
  t.end()
})

t.test('what is no name and no count is refused, and so is what no number can count', async (t) => {
  const ids = new Played(new IdGenerator())
  const bad: readonly (readonly [unknown, unknown])[] = [
    ['', 1],
    ['a', 0],
    ['a', ID_LIMITS.count + 1],
    ['a', '1'],
  ]
  for (const [name, count] of bad)
    t.throws(() => ids.run((it) => it.reserve(name as string, count as number)), InvalidParamsError)
  async function* almostAll() {
    yield await Promise.resolve(['a', Number.MAX_SAFE_INTEGER - 1])
  }
  const full = new IdGenerator()
  await full.restore(almostAll())
  const last = new Played(full)
  t.throws(() => last.run((it) => it.reserve('a', 2)), OverloadedError)
  t.equal(
    last.run((it) => it.reserve('a', 1)),
    Number.MAX_SAFE_INTEGER,
  )
  t.throws(() => last.run((it) => it.reserve('a', 1)), /the ids of "a" are used up/)
})
