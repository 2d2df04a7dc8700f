/** Who carries between clusters, between two that have no log, when he is told of something, and when he is not. */
import t from 'tap'
import type { Rollcall, WatchEvent, WatchOptions } from '../../api.js'
import { Carrier, type CarrierOptions, type Part } from './modules.js'
import { Town } from './town.js'

/** The clients and clocks of a carrier from north to south, all of them in the test's hands. */
class Way {
  readonly north = new Town('north').joined('ann')
  readonly south = new Town('south').joined('bob')
  readonly said: string[] = []
  readonly end = new AbortController()
  /** Why nothing can be delivered. Undefined: it can. */
  trouble: string | undefined
  deliveries = 0
  readonly #pauses: { readonly ms: number; readonly end: () => void }[] = []
  #tell: (topic: string | undefined) => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  begin(t: { teardown(task: () => unknown): void }): void {
    this.#running = new Carrier(this.#options()).run(this.end.signal)
    t.teardown(() => this.stop())
  }

  async stop(): Promise<void> {
    this.end.abort()
    this.elapse(30_000)
    await this.#running
  }

  /** All that goes on by itself has gone on. */
  async rest(): Promise<void> {
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve))
  }

  tell(): void {
    this.#tell('to/south')
  }

  /** Whoever pauses for so long goes on. */
  elapse(ms: number): void {
    for (const pause of this.#pauses.splice(0)) {
      if (pause.ms <= ms) pause.end()
      else this.#pauses.push(pause)
    }
  }

  #options(): CarrierOptions {
    const { north, south } = this
    const timelines = {
      destinations: async () => north.timelines.destinations(),
      outgoing: async (cluster: string) => north.timelines.outgoing(cluster),
      carried: async (cluster: string, stream: string, upTo: number) =>
        north.does((own) => own.carried(cluster, stream, upTo)),
    }
    const rollcall: unknown = {
      object: () => timelines,
      watch: (_object: string, { signal }: WatchOptions) => this.#watch(signal),
    }
    return {
      rollcall: rollcall as Rollcall,
      deliver: async (_cluster: string, part: Part) => {
        this.deliveries += 1
        if (this.trouble !== undefined) throw new Error(this.trouble)
        return south.takes(north, part)
      },
      pause: (ms) => new Promise((end) => void this.#pauses.push({ ms, end })),
      tell: (line) => void this.said.push(line),
    }
  }

  #watch(signal: WatchOptions['signal']) {
    let next: (result: IteratorResult<Pick<WatchEvent, 'topic'>, undefined>) => void = () => undefined
    this.#tell = (topic) =>
      next(topic === undefined ? { done: true, value: undefined } : { done: false, value: { topic } })
    signal?.addEventListener('abort', () => this.#tell(undefined))
    return {
      begin: async () => 0,
      next: () => new Promise((resolve) => (next = resolve)),
      return: async () => (this.#tell(undefined), { done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
}

t.test('what waited before is carried, and then what is told of, each once', async (t) => {
  const way = new Way()
  way.north.follow('ann', 'bob', way.south)
  way.begin(t)
  await way.rest()
  t.equal(way.deliveries, 1)
  t.same(way.north.timelines.destinations(), [])
  t.equal(way.north.timelines.isHeard('bob'), true)
  way.north.does((own) => own.unfollow('ann', 'bob'))
  way.tell()
  way.tell()
  await way.rest()
  t.equal(way.deliveries, 2)
  t.same(way.north.timelines.destinations(), [])
})

t.test('what he is not told of is found after thirty seconds', async (t) => {
  const way = new Way()
  way.begin(t)
  await way.rest()
  way.north.follow('ann', 'bob', way.south)
  way.elapse(29_999)
  await way.rest()
  t.same(way.north.timelines.destinations(), ['south'])
  way.elapse(30_000)
  await way.rest()
  t.same(way.north.timelines.destinations(), [])
})

t.test(
  'a cluster that is away is tried again and again, and spoken of once, and when it is back',
  async (t) => {
    const way = new Way()
    way.trouble = 'nobody answers'
    way.north.follow('ann', 'bob', way.south)
    way.begin(t)
    for (let tries = 1; tries <= 3; tries++) {
      await way.rest()
      t.equal(way.deliveries, tries)
      way.elapse(500)
    }
    await way.rest()
    way.trouble = undefined
    way.elapse(500)
    await way.rest()
    t.same(way.north.timelines.destinations(), [])
    t.same(way.said, ['what is for south waits here: nobody answers', 'south has all that has waited for it'])
  },
)

t.test('it ends when it is told to, whatever it waits for', async (t) => {
  const way = new Way()
  way.trouble = 'nobody answers'
  way.north.follow('ann', 'bob', way.south)
  way.begin(t)
  await way.rest()
  await way.stop()
  const { deliveries } = way
  way.tell()
  await way.rest()
  t.equal(way.deliveries, deliveries)
})
