/**
 * One seed: processes that share locks through the shipped client, under every fault, and die themselves. Whatever
 * becomes of them, what holders have done stands in the log in the order of their tokens, no two believe at the same time
 * that they hold one lock, and when the faults are over each lock can be had.
 */
import assert from 'node:assert/strict'
import { isList, membersOf, textsIn } from '../../lib/json.js'
import { RollcallError, RolledBackError } from '../../lib/rpc/errors.js'
import type { LockApi, LogApi } from '../../lib/shipped/index.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { Hold } from '../../lib/client/coordination/ports.js'
import { Faults } from '../../testing/simulator/faults.js'
import type { Client } from '../../testing/simulator/cluster.js'
import type { Life } from '../../testing/simulator/life.js'
import type { SimulatedProcess } from '../../testing/simulator/process.js'
import { outcomeOf, stale, type Outcome } from './calls.js'
import type { SimulationOptions } from './simulation.js'
import { Stage } from './stage.js'
import { tell, type Story } from './story.js'

const CALL_MS = 1_500
const WORKERS = 4
const NAMES = ['a', 'b']
const PAUSE_MS = 25
/** Mean time between two ends of workers. */
const END_MS = 700

/** @throws SimulationFailure */
export async function turns(seed: number, options: SimulationOptions = {}): Promise<Story> {
  const quiet = { loss: undefined, changeMs: undefined, hasLateMember: false }
  const stage = new Stage(seed, { ...quiet, ...options.plan })
  const story = new Turns(stage)
  return tell(seed, stage.world, options, () => story.play(options.events ?? Infinity))
}

/** What somebody believes to hold. */
interface Belief {
  readonly life: Life
  readonly name: string
  readonly hold: Hold
  /** Of the members, when it was asked for: log time is only known to whoever has gone on since. */
  readonly members: ReadonlySet<unknown>
}

class Turns {
  readonly #stage: Stage
  readonly #workers: readonly SimulatedProcess<Client>[]
  readonly #beliefs = new Set<Belief>()
  /** By what it leaves in the log. */
  readonly #acts = new Map<string, Outcome>()

  constructor(stage: Stage) {
    this.#stage = stage
    const { cluster } = stage
    this.#workers = Array.from({ length: WORKERS }, (_, at) => cluster.client(`worker${at + 1}`, CALL_MS))
  }

  async play(events: number): Promise<number> {
    // What is loaded when it is first needed comes in no time of this world.
    await import('../../lib/client/coordination/turn.js')
    const { world, cluster, starter, plan, calls } = this.#stage
    const faults = new Faults(world, cluster, starter, plan, new Set([calls.process, ...this.#workers]))
    starter.startDown()
    faults.begin()
    world.repeat(() => world.dice.pick(this.#workers)?.crash(), END_MS)
    for (const worker of this.#workers) world.spawn(() => this.#work(worker))
    await this.#stage.run(plan.chaosMs * 2, events)
    faults.end(undefined)
    await this.#stage.serves()
    await this.#haveAll()
    await this.#compare()
    return [...this.#acts.values()].filter(({ told }) => told === 'acknowledged').length
  }

  /** One life after another; what a life was about to do it does no more. */
  async #work(worker: SimulatedProcess<Client>): Promise<void> {
    const { world } = this.#stage
    while (world.isChaotic) {
      await world.sleep(world.dice.delay(PAUSE_MS))
      const { running, life } = worker
      if (running === undefined || life === undefined) continue
      await Promise.race([this.#turn(running.rollcall, life), this.#ended(life)])
    }
  }

  async #ended(life: Life): Promise<void> {
    while (life.isAlive) await this.#stage.world.sleep(PAUSE_MS)
  }

  async #turn(rollcall: Rollcall, life: Life): Promise<void> {
    const { world, cluster } = this.#stage
    const name = world.dice.pick(NAMES) ?? ''
    const members = new Set(cluster.nodes.map(({ process }) => process.life))
    try {
      const hold = await rollcall.lock(name, { ttlMs: 400 + world.dice.below(1_200) }).acquire()
      const belief = { life, name, hold, members }
      this.#beliefs.add(belief)
      world.count('locks held')
      await this.#hold(rollcall, belief)
      this.#beliefs.delete(belief)
      await hold.release()
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      world.count('locks not had')
    }
  }

  async #hold(rollcall: Rollcall, belief: Belief): Promise<void> {
    const { world } = this.#stage
    for (let left = 1 + world.dice.below(4); left > 0; left--) {
      await world.sleep(world.dice.delay(3 * PAUSE_MS))
      if (belief.hold.signal.aborted) {
        world.count('locks lost')
        // Somebody who does not listen goes on all the same, and is turned away.
        if (world.dice.chance(400)) return
        await world.sleep(world.dice.below(1_500))
      } else this.#demandAlone(belief)
      await this.#act(rollcall, belief)
    }
  }

  #demandAlone({ name, hold, life, members }: Belief): void {
    const { world, cluster } = this.#stage
    const now = cluster.nodes.map(({ process }) => process.life)
    for (const other of this.#beliefs) {
      const isOther = other.name === name && other.hold !== hold && other.life.isAlive && other.life !== life
      if (!isOther || other.hold.signal.aborted) continue
      // Whoever has just started does not know for how long nobody was there.
      if (!now.every((each) => each === undefined || (members.has(each) && other.members.has(each)))) continue
      throw new Error(`two hold the lock ${name}, by ${hold.token} and by ${other.hold.token}`)
    }
    world.count('holders that are alone')
  }

  async #act(rollcall: Rollcall, { name, hold }: Belief): Promise<void> {
    const { world } = this.#stage
    const act = `${name} ${hold.token} ${this.#acts.size}`
    this.#acts.set(act, { told: 'unknown', label: 'nobody heard of it' })
    const outcome = await outcomeOf(world, async () => {
      try {
        await rollcall.atomic((calls) => [
          calls.object<LockApi>('lock').demand(name, hold.token),
          calls.object<LogApi>('log').append(act),
        ])
      } catch (error) {
        if (error instanceof RolledBackError) world.count('stale holders turned away')
        throw error
      }
      return null
    })
    this.#acts.set(act, outcome)
  }

  /** Whoever holds a lock is gone, or gives it back, and whoever comes has it. */
  async #haveAll(): Promise<void> {
    const [worker] = this.#workers
    for (const name of NAMES)
      await this.#stage.achieve(`the lock ${name} is had`, async () => {
        worker?.start()
        try {
          const hold = await worker?.running?.rollcall.lock(name).acquire()
          await hold?.release()
          return hold !== undefined
        } catch (error) {
          if (!(error instanceof RollcallError)) throw error
          return false
        }
      })
  }

  async #compare(): Promise<void> {
    const { nodes } = this.#stage.cluster
    await this.#stage.until('all apply all', () => {
      const last = Math.max(...nodes.map(({ replica }) => replica?.raft.view.lastLogIndex ?? 0))
      return nodes.every(({ replica }) => replica?.status().lastApplied === last)
    })
    const [first] = nodes
    assert.ok(first?.replica)
    const entries = await stale(first.replica, 'log.entries', [1, 1000])
    assert.ok(isList(entries))
    const logged = textsIn(entries.flatMap((entry) => membersOf(entry)['command'] ?? []))
    for (const [act, { told }] of this.#acts) {
      const times = logged.filter((each) => each === act).length
      assert.ok(times <= 1, `${act} stands ${times} times in the log`)
      if (told !== 'unknown') assert.equal(times, told === 'acknowledged' ? 1 : 0, `${act} was ${told}`)
    }
    for (const name of NAMES) {
      const tokens = logged
        .filter((act) => act.startsWith(`${name} `))
        .map((act) => Number(act.split(' ')[1]))
      const sorted = [...tokens].sort((a, b) => a - b)
      assert.deepEqual(tokens, sorted, `a holder of ${name} has done something after the next one`)
    }
  }
}
