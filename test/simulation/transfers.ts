/**
 * One seed: clients that change two objects in one entry, under every fault. Whatever becomes of a client's answer, no
 * member ever holds one half of an entry, or anything of one that has failed.
 */
import assert from 'node:assert/strict'
import { textsIn } from '../../lib/json.js'
import { RolledBackError } from '../../lib/rpc/errors.js'
import type { KvApi, LogApi } from '../../lib/shipped/index.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import { Acts, loggedAt } from './acts.js'
import { stale } from './calls.js'
import type { Stage } from './stage.js'
import { taleOf, Workers, type Play, type Worker } from './workers.js'

const WORKERS = { count: 2, endMs: 1_500 }
const PAUSE_MS = 25

export const transfers = taleOf((stage) => new Transfers(stage))

class Transfers implements Play {
  readonly #stage: Stage
  readonly #acts: Acts
  /** The last one that was acknowledged. */
  #whole = ''

  constructor(stage: Stage) {
    this.#stage = stage
    this.#acts = new Acts(stage)
  }

  async play(events: number): Promise<number> {
    const workers = new Workers(this.#stage, WORKERS)
    await workers.work(events, (worker) => this.#work(worker))
    await workers.heard()
    await this.#acts.verify()
    await this.#compare()
    return this.#acts.acknowledged
  }

  async #work({ rollcall, sleep }: Worker): Promise<void> {
    const { world } = this.#stage
    while (world.isChaotic) {
      await sleep(world.dice.delay(PAUSE_MS))
      await (world.dice.chance(700) ? this.#transfer(rollcall) : this.#failing(rollcall))
    }
  }

  async #transfer(rollcall: Rollcall): Promise<void> {
    const name = `whole ${this.#acts.size}`
    const { told } = await this.#acts.do(name, async () => {
      const [before] = await rollcall.atomic((calls) => [
        calls.object<KvApi>('kv').set(name, 1),
        calls.object<LogApi>('log').append(name),
      ])
      assert.equal(before, null, `${name} has run once`)
    })
    if (told === 'acknowledged') this.#whole = name
    this.#stage.world.count(`atomic entries ${told}`)
  }

  /** The last one fails: then those before it have left nothing, and taken nothing away. */
  async #failing(rollcall: Rollcall): Promise<void> {
    const name = `half ${this.#acts.size}`
    await this.#acts.do(name, async () => {
      try {
        await rollcall.atomic((calls) => [
          calls.object<LogApi>('log').append(name),
          calls.object<KvApi>('kv').set(name, 1),
          calls.object<KvApi>('kv').delete(this.#whole),
          calls.object<Loose>('kv').set(name, null),
        ])
      } catch (error) {
        if (error instanceof RolledBackError) this.#stage.world.count('atomic entries undone')
        throw error
      }
      throw new Error(`${name} must fail`)
    })
  }

  async #compare(): Promise<void> {
    const { nodes } = this.#stage.cluster
    await this.#stage.until('all apply all', () => {
      const last = Math.max(...nodes.map(({ replica }) => replica?.raft.view.lastLogIndex ?? 0))
      return nodes.every(({ replica }) => replica?.status().lastApplied === last)
    })
    // Keys are listed bit by bit, for which time must pass.
    await this.#stage.done('members are looked at', async () => {
      for (const node of nodes) await this.#verify(node)
    })
  }

  async #verify({ id, replica }: SimulatedNode): Promise<void> {
    assert.ok(replica, `${id} runs at the end`)
    const logged = await loggedAt(replica)
    const keys = textsIn(await stale(replica, 'kv.keys', []))
    assert.deepEqual([...logged].sort(), [...keys].sort(), `${id} holds one half of an entry`)
    assert.deepEqual(
      keys.filter((key) => key.startsWith('half')),
      [],
      `${id} holds what was undone`,
    )
  }
}

/** What no type lets through. */
interface Loose {
  set(key: string, value: null): null
}
