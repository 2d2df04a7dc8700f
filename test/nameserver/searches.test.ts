/** Searches through all names, and whoever else wants to be heard meanwhile. */
import t from 'tap'
import { OverloadedError } from '../../lib/rpc/errors.js'
import { Searches, type Search } from '../../nameserver/searches.js'
import { ManualClock } from '../harness/manual-clock.js'

/** Time passes by what a search does; a turn ends when the clock is asked for another one. */
class Turns extends ManualClock {
  readonly waiting: (() => void)[] = []

  override soon(task: () => void): void {
    this.waiting.push(task)
  }

  /** The length of the next turn; undefined: nothing waits. */
  next(): number | undefined {
    const started = this.now()
    const task = this.waiting.shift()
    if (task === undefined) return undefined
    task()
    return this.now() - started
  }

  turns(): readonly number[] {
    const lengths: number[] = []
    for (let length = this.next(); length !== undefined; length = this.next()) lengths.push(length)
    return lengths
  }
}

const lines = (remote: string) => ({ kind: 'lines', remote }) as const
const exchange = (remote: string) => ({ kind: 'http', remote }) as const

function* taking(clock: Turns, names: number, each: number): Search<string> {
  for (let at = 0; at < names; at++) {
    clock.advance(each)
    yield
  }
  return 'found'
}

t.test('a long search gives way every few milliseconds, and comes to its end', async (t) => {
  const clock = new Turns()
  const found = new Searches(clock).run(lines('a'), () => taking(clock, 100, 1))
  const lengths = clock.turns()
  t.ok(lengths.length >= 10)
  t.ok(
    lengths.every((length) => length <= 10),
    lengths.join(),
  )
  t.equal(await found, 'found')
})

t.test('a batch of a hundred long searches is refused beyond its share', async (t) => {
  const clock = new Turns()
  const searches = new Searches(clock)
  const one = lines('a')
  const batch = Array.from({ length: 100 }, () =>
    searches.run(one, () => taking(clock, 100, 1)).catch((error: unknown) => error),
  )
  const honest = searches.run(lines('b'), () => taking(clock, 1, 1)).catch((error: unknown) => error)
  const started = clock.now()
  clock.turns()
  t.ok(clock.now() - started <= 400, `${clock.now() - started} ms`)
  const outcomes = await Promise.all(batch)
  t.equal(outcomes.filter((outcome) => outcome === 'found').length, 2)
  t.ok(outcomes.at(-1) instanceof OverloadedError)
  t.match(outcomes.at(-1), { message: /: give a prefix, or ask again later$/ })
  t.equal(await honest, 'found', 'nobody else is')
  clock.advance(5_000)
  t.equal(
    await after(
      clock,
      searches.run(one, () => taking(clock, 1, 1)),
    ),
    'found',
    'and so does the first',
  )
})

t.test(
  'a search waits for one of each other connection, not for all of one that asks for many',
  async (t) => {
    const clock = new Turns()
    const searches = new Searches(clock)
    const order: string[] = []
    const search = (connection: ReturnType<typeof lines>, name: string): Promise<unknown> =>
      searches
        .run(connection, () => taking(clock, 1, 1))
        .then(() => order.push(name))
        .catch(() => undefined)
    const greedy = lines('a:1')
    const all = Array.from({ length: 30 }, () => search(greedy, 'greedy'))
    all.push(search(lines('a:2'), 'honest'))
    clock.turns()
    await Promise.all(all)
    t.same(order.slice(0, 3), ['greedy', 'honest', 'greedy'])
  },
)

t.test('whoever comes over HTTP, or anew for each search, has no more time for it than others', async (t) => {
  const clock = new Turns()
  const searches = new Searches(clock)
  const outcomes: unknown[] = []
  for (let port = 1; port <= 40; port++) {
    const from = (port % 2 === 0 ? exchange : lines)(`10.0.0.1:${port}`)
    const found = searches.run(from, () => taking(clock, 10, 10)).catch((error: unknown) => error)
    outcomes.push(await after(clock, found))
  }
  t.equal(outcomes.filter((outcome) => outcome === 'found').length, 2)
  t.ok(outcomes.at(-1) instanceof OverloadedError)
  const other = searches.run(exchange('10.0.0.2:1'), () => taking(clock, 1, 1))
  t.equal(await after(clock, other), 'found')
})

t.test('what a search throws is its own, and the next one goes on', async (t) => {
  const clock = new Turns()
  const searches = new Searches(clock)
  const broken = searches.run(lines('a'), () => {
    throw new RangeError('no such expression')
  })
  const sound = searches.run(lines('a'), () => taking(clock, 1, 0))
  clock.turns()
  await t.rejects(broken, RangeError)
  t.equal(await sound, 'found')
})

t.test('the time of a search is that in which it runs', async (t) => {
  const clock = new Turns()
  const times: number[] = []
  const found = new Searches(clock).run(lines('a'), function* (time): Search<string> {
    for (let at = 0; at < 3; at++) {
      clock.advance(6)
      times.push(time.now())
      yield
    }
    return 'found'
  })
  while (clock.next() !== undefined) clock.advance(1_000)
  t.equal(await found, 'found')
  t.same(times, [6, 12, 18])
})

function after<T>(clock: Turns, result: Promise<T>): Promise<T> {
  clock.turns()
  return result
}
