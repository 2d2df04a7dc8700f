/** Clients that send each call once, to whoever they find, and believe what they are told. */
import assert from 'node:assert/strict'
import type { SimulatedCluster } from '../../testing/simulator/cluster.js'
import type { Life } from '../../testing/simulator/life.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import type { World } from '../../testing/simulator/world.js'
import type { Calls } from './calls.js'
import { record } from './histories.js'
import type { Command, Ledger } from './ledger.js'

/**
 * What a leader says counts as new when it is heard; it may have been on its way for as long as anything ever was, and
 * then there may have been another leader for as long as it takes until the old one knows. Virtual milliseconds.
 */
const HEARSAY_MS = 1500

const CLIENT = 'plain'

export class Clients {
  /** What each process has shown to stale reads. */
  readonly #shown = new WeakMap<Life, { readonly appliedIndex: number; readonly value: number }>()

  constructor(
    private readonly world: World,
    private readonly cluster: SimulatedCluster,
    private readonly calls: Calls,
    private readonly ledger: Ledger,
  ) {}

  /** One command or query at some node, whatever its role. */
  call(): void {
    const node = this.cluster.anyone()
    if (node === undefined) return
    if (this.world.dice.chance(600)) this.command(node, this.ledger.draw(CLIENT))
    else this.world.spawn(() => this.#read(node))
  }

  command(node: SimulatedNode, command: Command): void {
    this.world.spawn(async () => {
      const { counter } = this.ledger
      const { floor } = counter
      const { object, method, params } = command
      const outcome = await this.calls.attempt(node, `${object}.${method}`, params)
      this.ledger.settle(command, outcome)
      if (object === 'counter' && outcome.told === 'acknowledged')
        counter.take(outcome.value, floor + 1, 'counter.increment')
    })
  }

  async #read(node: SimulatedNode): Promise<void> {
    const other = this.world.dice.pick(this.cluster.nodes) ?? node
    switch (this.world.dice.below(5)) {
      case 0:
        return this.#readCurrent(node, 'linearizable')
      case 1:
        return this.#readCurrent(other, 'follower')
      case 2:
        return this.#readKey(node, 'linearizable')
      case 3:
        return this.#readKey(other, 'follower')
      default:
        return this.#readStale(other)
    }
  }

  /** Linearizable, at the leader or anywhere: all that was known before the question counts in the answer. */
  async #readCurrent(node: SimulatedNode, consistency: 'linearizable' | 'follower'): Promise<void> {
    const { counter, histories } = this.ledger
    const { floor } = counter
    const begun = histories.begin(CLIENT, 'counter', 'value', [])
    const outcome = await this.calls.attempt(node, 'counter.value', [], { consistency })
    record(begun, outcome, true)
    if (outcome.told !== 'acknowledged') return
    this.world.count(`${consistency} reads`)
    counter.take(outcome.value, floor, `a ${consistency} read at ${node.id}`)
  }

  async #readKey(node: SimulatedNode, consistency: 'linearizable' | 'follower'): Promise<void> {
    const key = this.ledger.key()
    const begun = this.ledger.histories.begin(CLIENT, 'kv', 'get', [key])
    const outcome = await this.calls.attempt(node, 'kv.get', [key], { consistency })
    record(begun, outcome, true)
    if (outcome.told === 'acknowledged') this.world.count(`${consistency} reads`)
  }

  /** It may be old, but no older than it says, and never older than what this process has shown before. */
  async #readStale(node: SimulatedNode): Promise<void> {
    const { life } = node.process
    const askedAt = this.world.now
    const outcome = await this.calls.attempt(node, 'counter.value', [], { consistency: 'stale' })
    // Another life of the process may have answered, which knows nothing of what this one has shown.
    if (outcome.told !== 'acknowledged' || life === undefined || node.process.life !== life) return
    const { value, meta } = outcome
    const what = `a stale read at ${node.id}`
    assert.ok(meta !== undefined && (meta.ageMs === null || meta.ageMs >= 0), `${what} says how old it is`)
    const { appliedIndex, ageMs } = meta
    const { counter } = this.ledger
    const hearsay = HEARSAY_MS + this.cluster.network.paths.oldestDelivered
    const since = ageMs === null ? 0 : askedAt - ageMs - hearsay
    const before = this.#shown.get(life) ?? { appliedIndex: 0, value: 0 }
    counter.check(value, Math.max(counter.floorAt(since), before.value), what)
    assert.ok(appliedIndex >= before.appliedIndex, `${what} is of ${before.appliedIndex} or later`)
    this.#shown.set(life, { appliedIndex, value: Number(value) })
    this.world.count('stale reads')
  }
}
