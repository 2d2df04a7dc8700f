/** Clients that send each call once, to whoever they find, and believe what they are told. */
import assert from 'node:assert/strict'
import type { Calls } from './calls.js'
import type { Cluster } from './cluster.js'
import type { Command, Ledger } from './ledger.js'
import type { Member } from './member.js'
import type { Life, World } from './world.js'

/**
 * What a leader says counts as new when it is heard; it may have been on its way, or held up, for so long, and then there may
 * have been another leader for as long as it takes until the old one knows. Virtual milliseconds.
 */
const HEARSAY_MS = 1000

export class Clients {
  /** What each process has shown to stale reads. */
  readonly #shown = new WeakMap<Life, { readonly appliedIndex: number; readonly value: number }>()

  constructor(
    private readonly world: World,
    private readonly cluster: Cluster,
    private readonly calls: Calls,
    private readonly ledger: Ledger,
  ) {}

  /** One command or query at some member, whatever its role. */
  call(): void {
    const member = this.cluster.anyone()
    if (this.world.dice.chance(700)) this.command(member, this.ledger.draw())
    else this.world.spawn(() => this.#read(member))
  }

  command(member: Member, command: Command): void {
    this.world.spawn(async () => {
      const { running } = member
      if (running === undefined) {
        this.ledger.settle(command, { told: 'not-executed', label: 'NOBODY_THERE' })
        return
      }
      const { counter } = this.ledger
      const { floor } = counter
      const outcome = await this.calls.attempt(running, command.method, command.params)
      this.ledger.settle(command, outcome)
      if (command.method === 'counter.increment' && outcome.told === 'acknowledged')
        counter.take(outcome.value, floor + 1, 'counter.increment')
    })
  }

  async #read(member: Member): Promise<void> {
    switch (this.world.dice.below(3)) {
      case 0:
        return this.#readCurrent(member, 'linearizable')
      case 1:
        return this.#readCurrent(this.world.dice.pick(this.cluster.members) ?? member, 'follower')
      default:
        return this.#readStale(this.world.dice.pick(this.cluster.members) ?? member)
    }
  }

  /** Linearizable, at the leader or anywhere: all that was known before the question counts in the answer. */
  async #readCurrent({ id, running }: Member, consistency: 'linearizable' | 'follower'): Promise<void> {
    if (running === undefined) return
    const { counter } = this.ledger
    const { floor } = counter
    const outcome = await this.calls.attempt(running, 'counter.value', [], { consistency })
    if (outcome.told !== 'acknowledged') return
    this.world.count(`${consistency} reads`)
    counter.take(outcome.value, floor, `a ${consistency} read at ${id}`)
  }

  /** It may be old, but no older than it says, and never older than what this process has shown before. */
  async #readStale({ id, running }: Member): Promise<void> {
    if (running === undefined) return
    const outcome = await this.calls.attempt(running, 'counter.value', [], { consistency: 'stale' })
    if (outcome.told !== 'acknowledged') return
    const { value, meta } = outcome
    const what = `a stale read at ${id}`
    assert.ok(meta !== undefined && (meta.ageMs === null || meta.ageMs >= 0), `${what} says how old it is`)
    const { appliedIndex, ageMs } = meta
    const since = ageMs === null ? 0 : this.world.now - ageMs - HEARSAY_MS
    const before = this.#shown.get(running.life) ?? { appliedIndex: 0, value: 0 }
    this.ledger.counter.check(value, Math.max(this.ledger.counter.floorAt(since), before.value), what)
    assert.ok(appliedIndex >= before.appliedIndex, `${what} is of ${before.appliedIndex} or later`)
    this.#shown.set(running.life, { appliedIndex, value: Number(value) })
    this.world.count('stale reads')
  }
}
