/**
 * One seed: processes that share locks through the shipped client, under every fault, and die themselves. Whatever
 * becomes of them, what holders have done stands in the log in the order of their tokens, no two believe at the same time
 * that they hold one lock, and when the faults are over each lock can be had.
 */
import assert from 'node:assert/strict'
import { RollcallError, RolledBackError } from '../../lib/rpc/errors.js'
import type { LockApi, LogApi } from '../../lib/shipped/index.js'
import type { Hold } from '../../lib/client/coordination/ports.js'
import type { Life } from '../../testing/simulator/life.js'
import { Acts } from './acts.js'
import type { Stage } from './stage.js'
import { taleOf, Workers, type Play, type Worker } from './workers.js'

const WORKERS = { count: 4, endMs: 700 }
const NAMES = ['a', 'b']
const PAUSE_MS = 25

export const turns = taleOf((stage) => new Turns(stage))

/** What somebody believes to hold. */
interface Belief {
  readonly worker: Worker
  readonly name: string
  readonly hold: Hold
  /** Of members, when it was asked for. */
  readonly lives: ReadonlySet<Life>
}

class Turns implements Play {
  readonly #stage: Stage
  readonly #workers: Workers
  readonly #beliefs = new Set<Belief>()
  readonly #acts: Acts

  constructor(stage: Stage) {
    this.#stage = stage
    this.#workers = new Workers(stage, WORKERS)
    this.#acts = new Acts(stage)
  }

  async play(events: number): Promise<number> {
    // What is loaded when it is first needed comes in no time of this world.
    await import('../../lib/client/coordination/turn.js')
    await this.#workers.work(events, (worker) => this.#work(worker))
    await this.#haveAll()
    this.#compare(await this.#acts.verify())
    return this.#acts.acknowledged
  }

  async #work(worker: Worker): Promise<void> {
    const { world } = this.#stage
    while (world.isChaotic) {
      await worker.sleep(world.dice.delay(PAUSE_MS))
      await this.#turn(worker)
    }
  }

  async #turn(worker: Worker): Promise<void> {
    const { world, lives } = this.#stage
    const name = world.dice.pick(NAMES) ?? ''
    try {
      const ttlMs = 400 + world.dice.below(1_200)
      const hold = await worker.rollcall.lock(name, { ttlMs }).acquire()
      const belief = { worker, name, hold, lives }
      this.#beliefs.add(belief)
      world.count('locks held')
      await this.#hold(belief)
      this.#beliefs.delete(belief)
      await hold.release()
      // What it has set going may come to its end later than that, and is turned away.
      if (world.dice.chance(200)) await this.#act(belief)
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      world.count('locks not had')
    }
  }

  async #hold(belief: Belief): Promise<void> {
    const { world } = this.#stage
    const { hold, worker } = belief
    for (let left = 1 + world.dice.below(4); left > 0; left--) {
      await worker.sleep(world.dice.delay(3 * PAUSE_MS))
      if (hold.signal.aborted) {
        world.count('locks lost')
        // Somebody who does not listen goes on all the same, and is turned away.
        if (world.dice.chance(400)) return
        await worker.sleep(world.dice.below(1_500))
      } else this.#demandAlone(belief)
      await this.#act(belief)
    }
  }

  #demandAlone({ worker, name, hold, lives }: Belief): void {
    for (const other of this.#beliefs) {
      const isOther = other.name === name && other.hold !== hold && other.worker.life !== worker.life
      if (!isOther || !other.worker.life.isAlive || other.hold.signal.aborted) continue
      if (!this.#stage.hasGoneOn(lives) || !this.#stage.hasGoneOn(other.lives)) continue
      throw new Error(`two hold the lock ${name}, by ${hold.token} and by ${other.hold.token}`)
    }
    this.#stage.world.count('holders that are alone')
  }

  async #act({ worker, name, hold }: Belief): Promise<void> {
    const act = `${name} ${hold.token} ${this.#acts.size}`
    await this.#acts.do(act, async () => {
      try {
        await worker.rollcall.atomic((calls) => [
          calls.object<LockApi>('lock').demand(name, hold.token),
          calls.object<LogApi>('log').append(act),
        ])
      } catch (error) {
        if (error instanceof RolledBackError) this.#stage.world.count('stale holders turned away')
        throw error
      }
    })
  }

  /** Whoever holds a lock is gone, or gives it back, and whoever comes has it. */
  async #haveAll(): Promise<void> {
    for (const name of NAMES)
      await this.#stage.achieve(`the lock ${name} is had`, async () => {
        try {
          const hold = await this.#workers.any?.running?.rollcall.lock(name).acquire()
          await hold?.release()
          return hold !== undefined
        } catch (error) {
          if (!(error instanceof RollcallError)) throw error
          return false
        }
      })
  }

  #compare(logged: readonly string[]): void {
    for (const name of NAMES) {
      const tokens = logged
        .filter((act) => act.startsWith(`${name} `))
        .map((act) => Number(act.split(' ')[1]))
      const sorted = [...tokens].sort((a, b) => a - b)
      assert.deepEqual(tokens, sorted, `a holder of ${name} has done something after the next one`)
    }
  }
}
