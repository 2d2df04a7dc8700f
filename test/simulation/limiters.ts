/**
 * One seed: a limiter that several processes take from, under every fault, and die themselves. By the log's time they
 * never take more than its rate allows, and none is refused what is left, as it would be if a call that is made again
 * took twice.
 */
import assert from 'node:assert/strict'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { RateLimiterApi, ScheduleApi } from '../../lib/shipped/index.js'
import type { Stage } from './stage.js'
import { taleOf, Workers, type Play, type Worker } from './workers.js'

const WORKERS = { count: 3, endMs: 700 }
const PAUSE_MS = 30
const RATE = { permits: 50, perMs: 5_000 }
const COUNT_MAX = 3
const ROUNDING = 1e-6

export const limiters = taleOf((stage) => new Limiters(stage))

interface Take {
  /** Of the log, in milliseconds. */
  readonly now: number
  readonly count: number
  readonly allowed: boolean
}

class Limiters implements Play {
  readonly #stage: Stage
  readonly #takes: Take[] = []
  /** Permits of which nobody has heard whether they were taken. */
  #unheard = 0

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async play(events: number): Promise<number> {
    const workers = new Workers(this.#stage, WORKERS)
    await workers.work(events, (worker) => this.#work(worker))
    await workers.heard()
    this.#verify()
    return this.#takes.length
  }

  async #work(worker: Worker): Promise<void> {
    const { world } = this.#stage
    while (world.isChaotic) {
      await worker.sleep(world.dice.delay(PAUSE_MS))
      await this.#take(worker, 1 + world.dice.below(COUNT_MAX))
    }
  }

  async #take({ rollcall }: Worker, count: number): Promise<void> {
    this.#unheard += count
    try {
      const [{ allowed }, { now }] = await rollcall.atomic((calls) => [
        calls.object<RateLimiterApi>('rateLimiter').take('mails', 'ann', count, RATE),
        // A tick that is over long ago: all that comes of it is the log's time.
        calls.object<ScheduleApi>('schedule').begin('clock', 0),
      ])
      this.#takes.push({ now, count, allowed })
      this.#stage.world.count(allowed ? 'permits taken' : 'permits refused')
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      if (error.outcome !== 'not-executed') return
    }
    this.#unheard -= count
  }

  #verify(): void {
    const { permits, perMs } = RATE
    let [spent, last] = [0, 0]
    // Of one moment those that were refused may have been the first: as the last they prove less.
    const inOrder = this.#takes.toSorted((a, b) => a.now - b.now || Number(b.allowed) - Number(a.allowed))
    for (const { now, count, allowed } of inOrder) {
      spent = Math.max(0, spent - ((now - last) * permits) / perMs)
      last = now
      if (allowed) {
        spent += count
        assert.ok(spent < permits + ROUNDING, `${spent} of ${permits} are taken at ${now}`)
      } else
        assert.ok(
          spent + this.#unheard + count > permits - ROUNDING,
          `${count} of ${permits} are refused at ${now}`,
        )
    }
  }
}
