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
  turn(): number | undefined {
    const started = this.now()
    const task = this.waiting.shift()
    if (task === undefined) return undefined
    task()
    return this.now() - started
  }

  turns(): readonly number[] {
    const lengths: number[] = []
    for (let length = this.turn(); length !== undefined; length = this.turn()) lengths.push(length)
    return lengths
  }
}

const lines = (remote: string) => ({ kind: 'lines', remote }) as const

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
  t.ok((await honest) instanceof OverloadedError, 'so many wait that nobody else finds room')
  t.equal(
    await after(
      clock,
      searches.run(lines('b'), () => taking(clock, 1, 1)),
    ),
    'found',
    'now it does',
  )
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
  while (clock.turn() !== undefined) clock.advance(1_000)
  t.equal(await found, 'found')
  t.same(times, [6, 12, 18])
})

function after<T>(clock: Turns, result: Promise<T>): Promise<T> {
  clock.turns()
  return result
}
