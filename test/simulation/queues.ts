/**
 * One seed: jobs that are put and worked off by the shipped client, under every fault, by processes that die. No job that
 * was acknowledged is lost, and none is done twice: a job's end and what it changes are one entry.
 */
import assert from 'node:assert/strict'
import { isList, membersOf, textsIn } from '../../lib/json.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { LogApi, QueueApi } from '../../lib/shipped/index.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
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
const END_MS = 900
/** Longer than a worker may be silent, and a job rests after it has failed. */
const SETTLE_MS = 20_000

/** @throws SimulationFailure */
export async function queues(seed: number, options: SimulationOptions = {}): Promise<Story> {
  const quiet = { loss: undefined, changeMs: undefined, hasLateMember: false }
  const stage = new Stage(seed, { ...quiet, ...options.plan })
  const story = new Queues(stage)
  return tell(seed, stage.world, options, () => story.play(options.events ?? Infinity))
}

class Queues {
  readonly #stage: Stage
  readonly #workers: readonly SimulatedProcess<Client>[]
  readonly #putter: SimulatedProcess<Client>
  /** Of each job that was put. */
  readonly #put = new Map<string, Outcome>()
  #isOver = false

  constructor(stage: Stage) {
    this.#stage = stage
    const { cluster } = stage
    this.#workers = Array.from({ length: WORKERS }, (_, at) => cluster.client(`worker${at + 1}`, CALL_MS))
    this.#putter = cluster.client('putter', CALL_MS)
  }

  async play(events: number): Promise<number> {
    // What is loaded when it is first needed comes in no time of this world.
    await import('../../lib/client/coordination/worker.js')
    const { world, cluster, starter, plan, calls } = this.#stage
    const spared = new Set([calls.process, this.#putter, ...this.#workers])
    const faults = new Faults(world, cluster, starter, plan, spared)
    starter.startDown()
    faults.begin()
    world.repeat(() => world.dice.pick(this.#workers)?.crash(), END_MS)
    world.spawn(() => this.#putAll())
    for (const worker of this.#workers) world.spawn(() => this.#work(worker))
    await this.#stage.run(plan.chaosMs * 2, events)
    faults.end(undefined)
    await this.#stage.serves()
    await this.#stage.until('all jobs are done', () => this.#isAllDone(), SETTLE_MS)
    this.#isOver = true
    await this.#compare()
    return [...this.#put.values()].filter(({ told }) => told === 'acknowledged').length
  }

  async #putAll(): Promise<void> {
    const { world } = this.#stage
    while (world.isChaotic) {
      await world.sleep(world.dice.delay(4 * PAUSE_MS))
      const rollcall = this.#putter.running?.rollcall
      if (rollcall === undefined) continue
      const job = `job ${this.#put.size}`
      this.#put.set(job, { told: 'unknown', label: 'nobody heard of it' })
      const options = { tries: 1_000, priority: world.dice.below(3), delayMs: world.dice.below(300) }
      this.#put.set(job, await outcomeOf(world, () => rollcall.queue('q').put(job, options)))
    }
  }

  /** One life after another, until all is done. */
  async #work(process: SimulatedProcess<Client>): Promise<void> {
    const { world } = this.#stage
    let life: unknown
    while (!this.#isOver) {
      await world.sleep(PAUSE_MS)
      if (process.isDown && !world.isChaotic) process.start()
      const { running } = process
      if (running === undefined || process.life === life) continue
      life = process.life
      this.#begin(running.rollcall)
    }
  }

  #begin(rollcall: Rollcall): void {
    const { world } = this.#stage
    rollcall.queue('q').work(
      async ({ id, data, token, signal }) => {
        await world.sleep(world.dice.delay(2 * PAUSE_MS))
        if (world.isChaotic && world.dice.chance(100)) throw new Error('it fails')
        // One that is slow goes on, though another one may have the job.
        if (world.isChaotic && world.dice.chance(150)) await world.sleep(1_500)
        if (signal.aborted) world.count('jobs lost by their workers')
        try {
          await rollcall.atomic((calls) => [
            calls.object<QueueApi>('queue').demand('q', id, token),
            calls.object<QueueApi>('queue').done('q', id, token),
            calls.object<LogApi>('log').append(typeof data === 'string' ? data : ''),
          ])
          world.count('jobs done')
        } catch (error) {
          if (!(error instanceof RollcallError)) throw error
          world.count('ends turned away, or unheard of')
          throw error
        }
      },
      { concurrency: 2, ttlMs: 600 },
    )
  }

  #isAllDone(): boolean {
    const replica = this.#stage.cluster.serving?.replica
    if (replica === undefined) return false
    const counts = membersOf(replica.machine.query('queue', 'counts', ['q']))
    return counts['ready'] === 0 && counts['delayed'] === 0 && counts['taken'] === 0
  }

  async #compare(): Promise<void> {
    const replica = this.#stage.cluster.serving?.replica
    assert.ok(replica)
    const entries = await stale(replica, 'log.entries', [1, 1000])
    assert.ok(isList(entries))
    const done = textsIn(entries.flatMap((entry) => membersOf(entry)['command'] ?? []))
    for (const [job, { told }] of this.#put) {
      const times = done.filter((each) => each === job).length
      assert.ok(times <= 1, `${job} was done ${times} times`)
      if (told === 'acknowledged') assert.equal(times, 1, `${job} was put, and is lost`)
      if (told === 'not-executed') assert.equal(times, 0, `${job} was not put, and is done`)
    }
  }
}
