/**
 * One seed: jobs that are put and worked off by the shipped client, under every fault, by processes that die. No job that
 * was acknowledged is lost, and none is done twice: a job's end and what it changes are one entry.
 */
import { membersOf } from '../../lib/json.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { LogApi, QueueApi } from '../../lib/shipped/index.js'
import { Acts } from './acts.js'
import type { Stage } from './stage.js'
import { taleOf, Workers, type Play, type Worker } from './workers.js'

const WORKERS = { count: 3, endMs: 900 }
const PAUSE_MS = 50
/** Mean time between two jobs that one life puts. */
const PUT_MS = 300
/** Longer than a worker may be silent, and a job rests after it has failed. */
const SETTLE_MS = 20_000

export const queues = taleOf((stage) => new Queues(stage))

class Queues implements Play {
  readonly #stage: Stage
  /** Each is put once, and its name is left in the log when it is done. */
  readonly #jobs: Acts

  constructor(stage: Stage) {
    this.#stage = stage
    this.#jobs = new Acts(stage)
  }

  async play(events: number): Promise<number> {
    // What is loaded when it is first needed comes in no time of this world.
    await import('../../lib/client/coordination/worker.js')
    const workers = new Workers(this.#stage, WORKERS)
    await workers.work(events, (worker) => {
      this.#work(worker)
      return this.#put(worker)
    })
    await workers.heard()
    await this.#stage.until('all jobs are done', () => this.#isAllDone(), SETTLE_MS)
    await this.#jobs.verify()
    return this.#jobs.acknowledged
  }

  async #put({ rollcall, sleep }: Worker): Promise<void> {
    const { world } = this.#stage
    const { dice } = world
    while (world.isChaotic) {
      await sleep(dice.delay(PUT_MS))
      const job = `job ${this.#jobs.size}`
      const options = { tries: 1_000, priority: dice.below(3), delayMs: dice.below(300) }
      await this.#jobs.do(job, () => rollcall.queue('q').put(job, options))
    }
  }

  #work({ rollcall, sleep }: Worker): void {
    const { world } = this.#stage
    rollcall.queue('q').work(
      async ({ id, data, token, signal }) => {
        await sleep(world.dice.delay(PAUSE_MS))
        if (world.isChaotic && world.dice.chance(100)) throw new Error('it fails')
        // One that is slow goes on, though another one may have the job.
        if (world.isChaotic && world.dice.chance(150)) await sleep(1_500)
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
}
