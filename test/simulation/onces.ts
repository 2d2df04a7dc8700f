/**
 * One seed: jobs that several processes ask for by `once`, under every fault, and die themselves. All who are told a
 * result are told the same one, nobody begins a job whose result was told, and one that is run at most once is begun at
 * most once, whatever becomes of whoever has begun it.
 */
import { JobFailedError } from '../../lib/client/coordination/job-failed.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { Life } from '../../testing/simulator/life.js'
import type { Stage } from './stage.js'
import { taleOf, Workers, type Play, type Worker } from './workers.js'

const WORKERS = { count: 4, endMs: 400 }
const PAUSE_MS = 25
/** Mean time between two jobs that are new. Some of the last ones are asked for. */
const JOB_MS = 900
const LAST = 3
/** The longest that a job takes: longer than its runner may be silent. */
const TAKES_MS = 900

export const onces = taleOf((stage) => new Onces(stage))

interface Job {
  readonly name: string
  readonly atMostOnce: boolean
  /** By whom, in the order in which they have begun. */
  readonly begun: string[]
  /** What somebody was told. */
  result: string | undefined
}

class Onces implements Play {
  readonly #stage: Stage
  readonly #jobs: Job[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async play(events: number): Promise<number> {
    // What is loaded when it is first needed comes in no time of this world.
    await import('../../lib/client/coordination/job.js')
    const { world } = this.#stage
    const workers = new Workers(this.#stage, WORKERS)
    this.#another()
    world.repeat(() => this.#another(), JOB_MS)
    await workers.work(events, (worker) => this.#work(worker))
    for (const job of this.#jobs)
      await this.#stage.until(`${job.name} has ended`, () => job.result !== undefined || job.atMostOnce)
    return this.#jobs.filter(({ result }) => result !== undefined).length
  }

  #another(): void {
    const { dice } = this.#stage.world
    const name = `job ${this.#jobs.length}`
    this.#jobs.push({ name, atMostOnce: dice.chance(500), begun: [], result: undefined })
  }

  /** As long as the faults last some of the last jobs, then all of them. */
  async #work(worker: Worker): Promise<void> {
    const { world } = this.#stage
    while (world.isChaotic) {
      await worker.sleep(world.dice.delay(PAUSE_MS))
      const job = world.dice.pick(this.#jobs.slice(-LAST))
      if (job !== undefined) await this.#ask(worker, job)
    }
    for (const job of this.#jobs) while (!(await this.#ask(worker, job))) await worker.sleep(PAUSE_MS)
  }

  /** Whether it has ended. */
  async #ask(worker: Worker, job: Job): Promise<boolean> {
    const { world, lives } = this.#stage
    const { name, atMostOnce } = job
    try {
      const once = worker.rollcall.once(name, { atMostOnce, ttlMs: 600 })
      this.#told(job, await once.run(({ token }) => this.#run(job, worker, token, lives)))
      return true
    } catch (error) {
      if (error instanceof RollcallError) return false
      if (!(error instanceof JobFailedError)) throw error
      this.#demand(atMostOnce, `${name} was given up`)
      world.count('jobs given up')
      return true
    }
  }

  /** Its result says who runs it. `lives`: of the members, when it was asked for. */
  async #run(job: Job, worker: Worker, token: number, lives: ReadonlySet<Life>): Promise<string> {
    const { world } = this.#stage
    const { name, atMostOnce, begun, result } = job
    const who = `${worker.name} by ${token}`
    if (this.#stage.hasGoneOn(lives)) {
      this.#demand(result === undefined, `${name} is run after its result was told`)
      world.count('jobs begun while members go on')
    }
    begun.push(who)
    this.#demand(!atMostOnce || begun.length === 1, `${name} was begun by ${begun.join(', ')}`)
    if (begun.length > 1) world.count('jobs begun anew')
    await worker.sleep(world.dice.below(world.isChaotic ? TAKES_MS : PAUSE_MS))
    return who
  }

  #told(job: Job, result: string): void {
    this.#stage.world.count('results told')
    this.#demand(result === (job.result ?? result), `${job.name} has come to two results`)
    this.#demand(job.begun.includes(result), `${job.name} has a result of nobody`)
    job.result = result
  }

  /** Whoever runs a job may die before it could tell what it has thrown. */
  #demand(isSo: boolean, otherwise: string): void {
    if (!isSo) this.#stage.world.fail(new Error(otherwise))
  }
}
