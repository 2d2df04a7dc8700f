/**
 * One seed: clients that change two objects in one entry, under every fault. Whatever becomes of a client's answer, no
 * member ever holds one half of an entry, or anything of one that has failed.
 */
import assert from 'node:assert/strict'
import { isList, membersOf, textsIn, type Json } from '../../lib/json.js'
import { RolledBackError } from '../../lib/rpc/errors.js'
import type { KvApi, LogApi } from '../../lib/shipped/index.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import { Faults } from '../../testing/simulator/faults.js'
import type { Client } from '../../testing/simulator/cluster.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import type { SimulatedProcess } from '../../testing/simulator/process.js'
import { outcomeOf, stale, type Outcome } from './calls.js'
import type { SimulationOptions } from './simulation.js'
import { Stage } from './stage.js'
import { tell, type Story } from './story.js'

const CALL_MS = 2500
const PAUSE_MS = 25
const CLIENTS = 2

/** @throws SimulationFailure */
export async function transfers(seed: number, options: SimulationOptions = {}): Promise<Story> {
  const quiet = { loss: undefined, changeMs: undefined, hasLateMember: false }
  const stage = new Stage(seed, { ...quiet, ...options.plan })
  const story = new Transfers(stage)
  return tell(seed, stage.world, options, () => story.play(options.events ?? Infinity))
}

class Transfers {
  readonly #stage: Stage
  readonly #outcomes = new Map<string, Outcome>()
  #begun = 0
  /** Of the last one that was acknowledged. */
  #whole = ''
  #underWay = 0

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async play(events: number): Promise<number> {
    const { world, cluster, starter, plan, calls } = this.#stage
    const clients = Array.from({ length: CLIENTS }, (_, at) => cluster.client(`client${at + 1}`, CALL_MS))
    const spared = new Set([calls.process, ...clients])
    const faults = new Faults(world, cluster, starter, plan, spared)
    starter.startDown()
    faults.begin()
    for (const client of clients) world.spawn(() => this.#run(client))
    await this.#stage.run(plan.chaosMs, events)
    faults.end(undefined)
    await this.#stage.serves()
    await this.#stage.until('clients get their answers', () => this.#underWay === 0)
    await this.#compare()
    return [...this.#outcomes.values()].filter(({ told }) => told === 'acknowledged').length
  }

  async #run(client: SimulatedProcess<Client>): Promise<void> {
    const { world } = this.#stage
    while (world.isChaotic) {
      await world.sleep(world.dice.delay(PAUSE_MS))
      const rollcall = client.running?.rollcall
      if (rollcall === undefined) continue
      this.#underWay++
      await (world.dice.chance(700) ? this.#transfer(rollcall) : this.#failing(rollcall))
      this.#underWay--
    }
  }

  async #transfer(rollcall: Rollcall): Promise<void> {
    const name = `whole ${++this.#begun}`
    const outcome = await outcomeOf(this.#stage.world, async () => {
      const [before] = await rollcall.atomic((calls) => [
        calls.object<KvApi>('kv').set(name, 1),
        calls.object<LogApi>('log').append(name),
      ])
      assert.equal(before, null, `${name} has run once`)
      return null
    })
    this.#outcomes.set(name, outcome)
    if (outcome.told === 'acknowledged') this.#whole = name
    this.#stage.world.count(`atomic entries ${outcome.told}`)
  }

  /** The last one fails: then those before it have left nothing, and taken nothing away. */
  async #failing(rollcall: Rollcall): Promise<void> {
    const name = `half ${++this.#begun}`
    const entry = async (): Promise<Json> => {
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
    }
    await outcomeOf(this.#stage.world, entry)
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
    const entries = await stale(replica, 'log.entries', [1, 1000])
    assert.ok(isList(entries))
    const logged = textsIn(entries.flatMap((entry) => membersOf(entry)['command'] ?? []))
    const keys = textsIn(await stale(replica, 'kv.keys', []))
    assert.deepEqual([...logged].sort(), [...keys].sort(), `${id} holds one half of an entry`)
    assert.deepEqual(
      keys.filter((key) => key.startsWith('half')),
      [],
      `${id} holds what was undone`,
    )
    for (const [name, { told }] of this.#outcomes) {
      if (told === 'unknown') continue
      assert.equal(keys.includes(name), told === 'acknowledged', `${id}: ${name} was ${told}`)
    }
  }
}

/** What no type lets through. */
interface Loose {
  set(key: string, value: null): null
}
