/** Whoever works with names and objects without a pause, and what becomes of it. */
import { connect, exposed, serve, type Rollcall } from '../../api.js'
import type { Teardown } from '../harness/cluster.js'
import { until } from '../harness/until.js'

/** What is done again and again, by its name. */
type Work = (round: number) => Promise<unknown>

export class NamesUnderLoad {
  /** What was rejected, and with what. */
  readonly failed: string[] = []
  /** How often each has been done. */
  readonly done = new Map<string, number>()
  /** The longest from one end to the next, in milliseconds. */
  readonly longestMs = new Map<string, number>()
  #isOver = false
  #workers: readonly Promise<void>[] = []

  private constructor(readonly client: Rollcall) {}

  /** `nameserver`: of the group. It serves an object, and calls one of a cluster. */
  static async start(t: Teardown, nameserver: readonly string[]): Promise<NamesUnderLoad> {
    const greeter = exposed({ greet: (name: string) => `hello ${name}` }, ['greet'])
    const service = await serve({ greeter }, { nameserver })
    t.teardown(() => service.close())
    const client = await connect({ nameserver, timeoutMs: 30_000 })
    t.teardown(() => client.close())
    const load = new NamesUnderLoad(client)
    const uri = await client.nameserver.lookup('greeter')
    await client.call('counter', 'increment', [])
    load.#begin({
      'look-ups': () => client.nameserver.lookup('greeter').then((found) => load.#expect(found, uri)),
      searches: () =>
        client.resolve('greeter', { waitMs: 30_000 }).then(([found]) => load.#expect(found, uri)),
      registrations: (round) => client.nameserver.register(`name${round % 20}`, uri),
      commands: () => client.call('counter', 'increment', []),
    })
    return load
  }

  /** So many more of each. */
  async goesOn(more: number): Promise<void> {
    const before = new Map(this.done)
    await until(`${more} more of each`, () =>
      [...this.done].every(([what, times]) => times >= (before.get(what) ?? 0) + more),
    )
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#workers)
  }

  #begin(works: Readonly<Record<string, Work>>): void {
    this.#workers = Object.entries(works).map(([what, work]) => this.#run(what, work))
  }

  async #run(what: string, work: Work): Promise<void> {
    this.done.set(what, 0)
    for (let round = 0, last = performance.now(); !this.#isOver; round++) {
      await work(round).catch((error: unknown) => this.failed.push(`${what}: ${String(error)}`))
      const now = performance.now()
      this.longestMs.set(what, Math.max(this.longestMs.get(what) ?? 0, now - last))
      this.done.set(what, round + 1)
      last = now
    }
  }

  #expect(found: string | undefined, uri: string): void {
    if (found !== uri) throw new Error(`it was found at ${found}`)
  }
}
