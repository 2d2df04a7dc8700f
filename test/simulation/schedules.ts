/**
 * One seed: a schedule whose ticks are run by the shipped client, under every fault, by processes that die and whose
 * clocks are wrong. A tick's end and what it changes are one entry: none is done twice, each stands for those that were
 * missed before it, and no id that was taken for one is given out again.
 */
import assert from 'node:assert/strict'
import { isList, membersOf, textsIn } from '../../lib/json.js'
import type { LogApi, ScheduleApi } from '../../lib/shipped/index.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { IdGenerator } from '../../lib/client/coordination/id-generator.js'
import type { Tick } from '../../lib/client/coordination/scheduler.js'
import type { Client } from '../../testing/simulator/cluster.js'
import { Faults } from '../../testing/simulator/faults.js'
import type { SimulatedProcess } from '../../testing/simulator/process.js'
import { outcomeOf, stale, type Outcome } from './calls.js'
import type { SimulationOptions } from './simulation.js'
import { Stage } from './stage.js'
import { tell, type Story } from './story.js'

const CALL_MS = 1_500
const WORKERS = 3
const PAUSE_MS = 25
/** Mean time between two ends of workers. */
const END_MS = 1_200
const EACH_SECOND = '* * * * * *'
const SETTLE_MS = 20_000
/** Log time may go on by much while nobody knows how late it is. */
const COUNTED_MAX = 1_000

/** @throws SimulationFailure */
export async function schedules(seed: number, options: SimulationOptions = {}): Promise<Story> {
  const quiet = { loss: undefined, changeMs: undefined, hasLateMember: false }
  const stage = new Stage(seed, { ...quiet, ...options.plan })
  const story = new Schedules(stage)
  return tell(seed, stage.world, options, () => story.play(options.events ?? Infinity))
}

class Schedules {
  readonly #stage: Stage
  readonly #workers: readonly SimulatedProcess<Client>[]
  /** By what it leaves in the log. */
  readonly #acts = new Map<string, Outcome>()
  readonly #ids = new Set<number>()
  #isOver = false

  constructor(stage: Stage) {
    this.#stage = stage
    const { cluster } = stage
    this.#workers = Array.from({ length: WORKERS }, (_, at) => cluster.client(`worker${at + 1}`, CALL_MS))
  }

  async play(events: number): Promise<number> {
    // What is loaded when it is first needed comes in no time of this world.
    await import('../../lib/client/coordination/scheduler.js')
    await import('../../lib/client/coordination/ticks.js')
    const { world, cluster, starter, plan, calls } = this.#stage
    const faults = new Faults(world, cluster, starter, plan, new Set([calls.process, ...this.#workers]))
    starter.startDown()
    faults.begin()
    world.repeat(() => world.dice.pick(this.#workers)?.crash(), END_MS)
    world.repeat(() => world.dice.pick(this.#workers)?.stepWall(world.dice.below(20_000) - 10_000), END_MS)
    for (const worker of this.#workers) world.spawn(() => this.#work(worker))
    await this.#stage.run(plan.chaosMs * 2, events)
    faults.end(undefined)
    await this.#stage.serves()
    const { size } = this.#acts
    await this.#stage.until('ticks go on', () => this.#acts.size >= size + 3, SETTLE_MS)
    this.#isOver = true
    await this.#compare()
    return this.#acknowledged.length
  }

  get #acknowledged(): readonly string[] {
    return [...this.#acts].flatMap(([act, { told }]) => (told === 'acknowledged' ? [act] : []))
  }

  /** One life after another. */
  async #work(process: SimulatedProcess<Client>): Promise<void> {
    const { world } = this.#stage
    let life: unknown
    while (!this.#isOver) {
      await world.sleep(PAUSE_MS)
      if (process.isDown && !world.isChaotic) process.start()
      const { running } = process
      if (running === undefined || process.life === life) continue
      life = process.life
      world.spawn(() => this.#begin(running.rollcall))
    }
  }

  async #begin(rollcall: Rollcall): Promise<void> {
    const ids = rollcall.idGenerator('ticks', { block: 3 })
    await rollcall.schedule('s').every(EACH_SECOND, (tick) => this.#run(rollcall, ids, tick), { ttlMs: 600 })
  }

  async #run(rollcall: Rollcall, ids: IdGenerator, tick: Tick): Promise<void> {
    const { world } = this.#stage
    await world.sleep(world.dice.delay(4 * PAUSE_MS))
    if (world.isChaotic && world.dice.chance(100)) throw new Error('it fails')
    // One that is slow goes on, though another one may have the tick.
    if (world.isChaotic && world.dice.chance(150)) await world.sleep(1_500)
    if (tick.signal.aborted) world.count('ticks lost by their runners')
    const id = await ids.next()
    if (this.#ids.has(id)) world.fail(new Error(`the id ${id} was given out twice`))
    this.#ids.add(id)
    await this.#act(rollcall, tick, id)
  }

  async #act(rollcall: Rollcall, { tick, since, missed, token }: Tick, id: number): Promise<void> {
    const { world } = this.#stage
    const act = `${tick.getTime()} ${since.getTime()} ${missed} ${id}`
    this.#acts.set(act, { told: 'unknown', label: 'nobody heard of it' })
    const outcome = await outcomeOf(world, async () => {
      await rollcall.atomic((calls) => [
        calls.object<ScheduleApi>('schedule').demand('s', token),
        calls.object<ScheduleApi>('schedule').done('s', token),
        calls.object<LogApi>('log').append(act),
      ])
      return null
    })
    this.#acts.set(act, outcome)
    world.count(outcome.told === 'acknowledged' ? 'ticks done' : 'ends turned away, or unheard of')
    if (missed > 0) world.count('ticks that stand for others')
  }

  async #compare(): Promise<void> {
    const replica = this.#stage.cluster.serving?.replica
    assert.ok(replica)
    const entries = await stale(replica, 'log.entries', [1, 1000])
    assert.ok(isList(entries))
    const logged = textsIn(entries.flatMap((entry) => membersOf(entry)['command'] ?? []))
    for (const [act, { told }] of this.#acts) {
      const times = logged.filter((each) => each === act).length
      assert.ok(times <= 1, `${act} stands ${times} times in the log`)
      if (told !== 'unknown') assert.equal(times, told === 'acknowledged' ? 1 : 0, `${act} was ${told}`)
    }
    let last = 0
    for (const act of logged) {
      const [tick = 0, since = 0, missed] = act.split(' ').map(Number)
      assert.ok(since >= last && tick > since, `${act} comes after ${last}`)
      const between = tick / 1_000 - Math.floor(since / 1_000) - 1
      assert.equal(missed, Math.min(between, COUNTED_MAX), `${act} stands for ${between} more`)
      last = tick
    }
  }
}
