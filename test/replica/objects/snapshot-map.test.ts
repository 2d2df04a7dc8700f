/** A walk sees the map as it was when it began, whatever is done to it meanwhile. */
import fc from 'fast-check'
import t from 'tap'
import { SnapshotMap } from '../../../lib/replica/objects/snapshot-map.js'

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'a longer key', '')
const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key, value: fc.integer() }),
  fc.record({ do: fc.constant('delete' as const), key }),
  fc.record({ do: fc.constant('pull' as const) }),
  fc.record({ do: fc.constant('begin' as const) }),
)

void t.test('every walk gives the entries of its beginning, and the map stays a map', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new SnapshotMap<string, number>()
      const model = new Map<string, number>()
      const walks: {
        wanted: Map<string, number>
        got: [string, number][]
        walk: Iterator<readonly [string, number]>
      }[] = []
      for (const each of steps) {
        if (each.do === 'set') {
          map.set(each.key, each.value)
          model.set(each.key, each.value)
        } else if (each.do === 'delete') {
          if (map.delete(each.key) !== model.delete(each.key)) return false
        } else if (each.do === 'begin') {
          walks.push({ wanted: new Map(model), got: [], walk: map.capture() })
        } else {
          for (const { walk, got } of walks) {
            const next = walk.next()
            if (next.done !== true) got.push([...next.value])
          }
        }
      }
      const isMap = map.size === model.size && [...map].every(([name, value]) => model.get(name) === value)
      return isMap && walks.every(({ wanted, got, walk }) => isAll(wanted, [...got, ...pulled(walk)]))
    }),
    { numRuns: 500 },
  )
})

function* pulled(walk: Iterator<readonly [string, number]>): Generator<readonly [string, number]> {
  for (let next = walk.next(); next.done !== true; next = walk.next()) yield next.value
}

function isAll(wanted: ReadonlyMap<string, number>, got: readonly (readonly [string, number])[]): boolean {
  return got.every(([name, value]) => wanted.get(name) === value) && new Map(got).size === wanted.size
}

void t.test('a walk that is given up costs nothing any more, and gives nothing', async (t) => {
  const map = new SnapshotMap<string, number>().set('a', 1).set('b', 2)
  const walk = map.capture()
  walk.return?.()
  map.set('a', 3)
  t.same([...walk], [])
  t.same([...map.capture()].sort(), [
    ['a', 3],
    ['b', 2],
  ])
})

void t.test('it can be read as any other map', async (t) => {
  const map = new SnapshotMap<string, number>().set('a', 1).set('b', 2)
  const seen: unknown[] = []
  map.forEach((value, name) => seen.push([name, value]))
  t.same(seen.sort(), [...map.entries()].sort())
  t.same([...map.keys()].sort(), ['a', 'b'])
  t.same([...map.values()].sort(), [1, 2])
  t.equal(map.has('c'), false)
})

const failing = (map: SnapshotMap<string, number>, run: () => void, told?: (changes: unknown) => void) => {
  const fail = (): void => {
    run()
    throw new Error('undone')
  }
  t.throws(() => map.attempt(fail, told), /undone/)
}

void t.test('an attempt that fails leaves nothing, and tells what it has put back', async (t) => {
  const map = new SnapshotMap<string, number>().set('a', 1).set('b', 2)
  const told: unknown[] = []
  const change = (): void => {
    map.set('a', 3).set('c', 4).delete('b')
    map.set('d', 5).delete('d')
  }
  failing(map, change, (changes) => told.push(changes))
  t.same([...map].sort(), [
    ['a', 1],
    ['b', 2],
  ])
  t.same(told, [
    [
      { key: 'a', undone: 3, value: 1 },
      { key: 'c', undone: 4, value: undefined },
      { key: 'b', undone: undefined, value: 2 },
      { key: 'd', undone: undefined, value: undefined },
    ],
  ])
})

void t.test('bug: an attempt that failed within one that failed after it left what it had set', async (t) => {
  const map = new SnapshotMap<string, number>().set('a', 1)
  failing(map, () => failing(map, () => map.set('a', 2).set('b', 2)))
  t.same([...map], [['a', 1]])
  failing(map, () => {
    map.attempt(() => void map.set('a', 3))
    failing(map, () => map.set('a', 4))
    t.equal(map.get('a'), 3)
  })
  t.same([...map], [['a', 1]])
})
