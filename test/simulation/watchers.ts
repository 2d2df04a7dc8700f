/** Clients that follow what happens to `kv`, at one member after another. */
import assert from 'node:assert/strict'
import type { Calls } from './calls.js'
import type { Cluster } from './cluster.js'
import { history } from './ledger.js'
import type { KeyEvent } from './ledger.js'
import type { Member } from './member.js'
import type { World } from './world.js'

export class Watcher {
  /** Undefined until it is known where `now` was. */
  #start: number | undefined
  #next: number | undefined
  readonly #topic: string | undefined
  readonly #seen: KeyEvent[] = []

  constructor(
    private readonly world: World,
    private readonly cluster: Cluster,
    private readonly calls: Calls,
  ) {
    const { dice } = world
    if (dice.chance(700)) this.#start = this.#next = 0
    this.#topic = dice.chance(500) ? `key${dice.below(3)}` : undefined
  }

  async run(): Promise<void> {
    const { world } = this
    while (world.isChaotic) {
      await world.sleep(world.dice.delay(10))
      await this.#ask(world.dice.pick(this.cluster.members), world.dice.below(300))
    }
  }

  async #ask(member: Member | undefined, waitMs: number): Promise<void> {
    const running = member?.running
    if (running === undefined) return
    const filter = this.#topic === undefined ? { prefix: 'key' } : { topic: this.#topic }
    const options = {
      ...filter,
      waitMs: this.#start === undefined ? 0 : waitMs,
      max: 1 + this.world.dice.below(4),
    }
    const outcome = await this.calls.attempt(running, 'watch.next', ['kv', this.#next ?? null, options])
    if (outcome.told !== 'acknowledged') return
    const { events, next } = outcome.value as unknown as { events: KeyEvent[]; next: number }
    assert.ok(next >= (this.#next ?? 0), `a cursor at ${this.#next} goes on, not back to ${next}`)
    this.#start ??= next
    this.#next = next
    this.#seen.push(...events)
    if (events.length > 0) this.world.count('batches of events')
  }

  /** Has seen every event of its topic once, in order. The member has applied everything. */
  async verify(member: Member): Promise<void> {
    assert.ok(member.running, `${member.id} runs`)
    for (let before = -1; before !== this.#next;) {
      before = this.#next ?? 0
      await this.#ask(member, 0)
    }
    const all = (await history(member.running)).filter(
      ({ index, topic }) =>
        index > (this.#start ?? 0) && (this.#topic === undefined || topic === this.#topic),
    )
    assert.deepEqual(
      this.#seen,
      all,
      `a watcher of ${this.#topic ?? 'all keys'} from ${this.#start} has seen all, once`,
    )
  }
}
