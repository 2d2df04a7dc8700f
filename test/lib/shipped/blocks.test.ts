/** A list of blocks is a list, and what was there before stays as it was. */
import fc from 'fast-check'
import t from 'tap'
import { Blocks } from '../../../lib/shipped/blocks.js'

const step = fc.record({
  do: fc.constantFrom('push', 'unshift', 'insert', 'insert', 'remove', 'replace', 'shift'),
  at: fc.nat(),
  times: fc.integer({ min: 1, max: 80 }),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** The list after one step, and the array. */
function next(list: Blocks<number>, plain: readonly number[], { do: what, at }: Step, value: number) {
  const { length } = plain
  const ends: Readonly<Record<string, number>> = { push: length, unshift: 0, shift: 0 }
  const index = ends[what] ?? at % (length + 1)
  const count = ['remove', 'replace', 'shift'].includes(what) && index < length ? 1 : 0
  const values = what === 'remove' || what === 'shift' ? [] : [value]
  const changed = [...plain]
  changed.splice(index, count, ...values)
  return { list: list.spliced(list.placeAt(index), count, ...values), plain: changed }
}

t.test('whatever is put in and taken out, it is the same list', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let now = { list: new Blocks<number>(), plain: [] as readonly number[] }
      let value = 0
      for (const each of steps)
        for (let n = 0; n < each.times; n++) {
          const before = { list: now.list, plain: now.plain }
          now = next(now.list, now.plain, each, value++)
          if (!isSame(before.list, before.plain)) return false
        }
      return isSame(now.list, now.plain)
    }),
    { numRuns: 60 },
  )
})

function isSame(list: Blocks<number>, plain: readonly number[]): boolean {
  const all = [...list.from(list.placeAt(0))]
  const few = list.blocks.every(({ length }) => length > 0 && length <= 64)
  return few && list.length === plain.length && all.join() === plain.join()
}

t.test('blocks of a list from which almost all was taken become few', async (t) => {
  let list = new Blocks<number>()
  for (let n = 0; n < 2_000; n++) list = list.spliced(list.placeAt(n), 0, n)
  t.equal(list.blocks.length, 32, 'those that grow at the end are full')
  for (let block = list.blocks.length - 1; block >= 0; block--)
    for (let left = (list.blocks[block]?.length ?? 0) - 1; left > 0; left--)
      list = list.spliced({ block, offset: 0 }, 1)
  t.ok(list.blocks.length <= 3, `${list.blocks.length} blocks of ${list.length} values`)
})

t.test('a place is found by what is before it', async (t) => {
  let list = new Blocks<number>()
  for (let n = 0; n < 1_000; n++)
    list = list.spliced(
      list.placeOf((each) => each < n * 2),
      0,
      n * 2,
    )
  for (const wanted of [0, 1, 998, 999, 1_998, 1_999]) {
    const [first] = list.from(list.placeOf((each) => each < wanted))
    t.equal(first, wanted > 1_998 ? undefined : wanted + (wanted % 2), String(wanted))
  }
})
