/**
 * One seed: a schedule whose ticks are run by the shipped client, under every fault, by processes that die and whose
 * clocks are wrong. A tick's end and what it changes are one entry: none is done twice, each stands for those that were
 * missed before it, and no id that was taken for one is given out again.
 */
import assert from 'node:assert/strict'
import type { LogApi, ScheduleApi } from '../../lib/shipped/index.js'
import type { Tick } from '../../lib/client/coordination/scheduler.js'
import { Acts } from './acts.js'
import type { Stage } from './stage.js'
import { taleOf, Workers, type Play, type Worker } from './workers.js'

const WORKERS = { count: 3, endMs: 1_200 }
const PAUSE_MS = 100
/** Mean time between two clocks that are set, and by how much they are. */
const STEP = { everyMs: 1_200, mostMs: 10_000 }
const EACH_SECOND = '* * * * * *'
const SETTLE_MS = 20_000
/** Log time may go on by much while nobody knows how late it is. */
const COUNTED_MAX = 1_000

export const schedules = taleOf((stage) => new Schedules(stage))

class Schedules implements Play {
  readonly #stage: Stage
  readonly #acts: Acts
  readonly #ids = new Set<number>()

  constructor(stage: Stage) {
    this.#stage = stage
    this.#acts = new Acts(stage)
  }

  async play(events: number): Promise<number> {
    // What is loaded when it is first needed comes in no time of this world.
    await import('../../lib/client/coordination/scheduler.js')
    await import('../../lib/client/coordination/ticks.js')
    const { world } = this.#stage
    const workers = new Workers(this.#stage, WORKERS)
    const step = (): number => world.dice.below(2 * STEP.mostMs) - STEP.mostMs
    world.repeat(() => workers.any?.stepWall(step()), STEP.everyMs)
    await workers.work(events, (worker) => this.#begin(worker))
    const { size } = this.#acts
    await this.#stage.until('ticks go on', () => this.#acts.size >= size + 3, SETTLE_MS)
    this.#compare(await this.#acts.verify())
    return this.#acts.acknowledged
  }

  async #begin(worker: Worker): Promise<void> {
    const { rollcall } = worker
    const ids = rollcall.idGenerator('ticks', { block: 3 })
    const run = async (tick: Tick): Promise<void> => {
      await this.#tarry(worker, tick)
      const id = await ids.next()
      if (this.#ids.has(id)) this.#stage.world.fail(new Error(`the id ${id} was given out twice`))
      this.#ids.add(id)
      await this.#act(worker, tick, id)
    }
    await rollcall.schedule('s').every(EACH_SECOND, run, { ttlMs: 600 })
  }

  async #tarry({ sleep }: Worker, { signal }: Tick): Promise<void> {
    const { world } = this.#stage
    await sleep(world.dice.delay(PAUSE_MS))
    if (world.isChaotic && world.dice.chance(100)) throw new Error('it fails')
    // One that is slow goes on, though another one may have the tick.
    if (world.isChaotic && world.dice.chance(150)) await sleep(1_500)
    if (signal.aborted) world.count('ticks lost by their runners')
  }

  async #act({ rollcall }: Worker, { tick, since, missed, token }: Tick, id: number): Promise<void> {
    const { world } = this.#stage
    const act = `${tick.getTime()} ${since.getTime()} ${missed} ${id}`
    const { told } = await this.#acts.do(act, () =>
      rollcall.atomic((calls) => [
        calls.object<ScheduleApi>('schedule').demand('s', token),
        calls.object<ScheduleApi>('schedule').done('s', token),
        calls.object<LogApi>('log').append(act),
      ]),
    )
    world.count(told === 'acknowledged' ? 'ticks done' : 'ends turned away, or unheard of')
    if (missed > 0) world.count('ticks that stand for others')
  }

  #compare(logged: readonly string[]): void {
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
