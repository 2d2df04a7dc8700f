/** Which name's time is over first, whatever was set, changed and taken away before. */
import t from 'tap'
import { SoonestFirst } from '../../nameserver/soonest-first.js'

t.test('the soonest comes first, and of one time the one whose name does', async (t) => {
  const times = new SoonestFirst()
  t.equal(times.first, undefined)
  times.set('b', 5)
  times.set('c', 3)
  times.set('a', 5)
  t.same(inOrder(times), ['c 3', 'a 5', 'b 5'])
  t.equal(times.first, undefined)
})

t.test('a name has one time: the one that was set last', async (t) => {
  const times = new SoonestFirst()
  times.set('a', 1)
  times.set('b', 2)
  times.set('a', 3)
  t.same(times.first, { name: 'b', at: 2 })
  times.set('a', 1)
  t.same(inOrder(times), ['a 1', 'b 2'])
})

t.test('whatever is done to them, they come in the order in which a sort has them', async (t) => {
  const times = new SoonestFirst()
  const expected = new Map<string, number>()
  let state = 1
  const below = (n: number): number => (state = (state * 48_271) % 2_147_483_647) % n
  for (let n = 0; n < 20_000; n++) {
    const name = `name${below(300)}`
    if (below(3) === 0) {
      times.delete(name)
      expected.delete(name)
    } else {
      const at = below(100)
      times.set(name, at)
      expected.set(name, at)
    }
    const [first] = n % 100 === 0 ? sorted(expected) : []
    if (n % 100 === 0) t.equal(times.first && `${times.first.name} ${times.first.at}`, first)
  }
  t.same(inOrder(times), sorted(expected))
})

/** All of them, each taken away. */
function inOrder(times: SoonestFirst): readonly string[] {
  const all: string[] = []
  for (let { first } = times; first !== undefined; first = times.first) {
    all.push(`${first.name} ${first.at}`)
    times.delete(first.name)
  }
  return all
}

function sorted(times: ReadonlyMap<string, number>): readonly string[] {
  const all = [...times].sort(([a, one], [b, other]) => one - other || (a < b ? -1 : 1))
  return all.map(([name, at]) => `${name} ${at}`)
}
