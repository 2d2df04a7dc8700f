/**
 * Takes part in a schedule: asks for each tick when it is due, and keeps up the one that it has until its task has
 * ended.
 */
import { isWhole, membersOf, type Json } from '../../json.js'
import { runHeld } from './held-task.js'
import type { CoordinationPorts, Held } from './ports.js'
import type { Ticks } from './ticks.js'
import { Told } from './told.js'
import type { Holds } from './holds.js'

/** A tick as its task gets it. */
export interface Tick extends Held {
  /** When it was due. */
  readonly tick: Date
  /** The tick that was run before it, or the time when the schedule was first used. */
  readonly since: Date
  /** How many ticks between the two were not run, at most 1,000. */
  readonly missed: number
}

export interface SchedulerOptions {
  readonly name: string
  readonly ticks: Ticks
  readonly task: (tick: Tick) => unknown
  readonly ttlMs: number
  readonly atMostOnce: boolean
}

const OBJECT = 'schedule'
/** The clock on the wall may be set: it is looked at again after so long. */
const LOOK_MS = 60_000
/** Who could not be asked is asked again after so long. */
const RETRY_MS = 1_000

export class Scheduler {
  readonly #ports: CoordinationPorts
  readonly #holds: Holds
  readonly #options: SchedulerOptions
  readonly #told: Told
  /** By how much log time is ahead of the clock on the wall, as of the last answer. */
  #ahead = 0
  /** No tick up to this one is to be begun by anybody. */
  #past = -1
  #isStopped = false

  constructor(ports: CoordinationPorts, holds: Holds, options: SchedulerOptions) {
    this.#ports = ports
    this.#holds = holds
    this.#options = options
    this.#told = new Told(ports, [OBJECT, options.name], (data) => this.#hears(data), undefined)
  }

  /** Until it is stopped, or the client closed. Never rejects. */
  async run(): Promise<void> {
    this.#holds.add(this)
    await this.#told.begin().catch(() => undefined)
    while (!this.#isOver) await this.#told.rest(await this.#look(), OBJECT)
    this.#holds.ended(this)
    await this.#told.end()
  }

  /** Begins no more; what runs is let run to its end. */
  stop(): void {
    this.#isStopped = true
    this.#told.wake()
  }

  /** The client is closed. */
  lose(): void {
    this.stop()
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#told.isOver
  }

  get #now(): number {
    return this.#ports.clock.wall() + this.#ahead
  }

  /** Whether a tick may be there to be begun. */
  #hears(data: unknown): boolean {
    const { state, tick } = membersOf(data)
    if (!isWhole(tick) || state === 'running') return false
    if (state !== 'free') this.#past = Math.max(this.#past, tick)
    return true
  }

  /** How long to rest before the next look, in milliseconds. */
  async #look(): Promise<number> {
    const tick = this.#options.ticks.latest(this.#now) ?? 0
    if (tick <= this.#past) return this.#untilNext()
    const askedAt = this.#ports.clock.now()
    const answer = await this.#begin(tick)
    if (answer === undefined) return RETRY_MS
    const { now, tick: begun, since, token, last, isRunning } = membersOf(answer)
    if (isWhole(now)) this.#ahead = now - this.#ports.clock.wall()
    if (isWhole(begun) && isWhole(since) && isWhole(token)) {
      await this.#run(begun, since, token, askedAt)
      return 0
    }
    // While another one runs it, that may die unheard.
    if (isRunning === true) return Math.min(this.#options.ttlMs, LOOK_MS)
    if (isWhole(last)) this.#past = Math.max(this.#past, last)
    return this.#untilNext()
  }

  #untilNext(): number {
    const now = this.#now
    const next = this.#options.ticks.after(Math.max(now, this.#past))
    return next === undefined ? LOOK_MS : Math.min(Math.max(next - now, 1), LOOK_MS)
  }

  /** Undefined: nobody can say so now. */
  #begin(tick: number): Promise<Json | undefined> {
    const { name, ttlMs, atMostOnce } = this.#options
    return this.#ports.call(OBJECT, 'begin', [name, tick, { ttlMs, atMostOnce }]).catch(() => undefined)
  }

  async #run(begun: number, since: number, token: number, askedAt: number): Promise<void> {
    const { name, ttlMs, task, ticks } = this.#options
    const [tick, missed] = [new Date(begun), ticks.countBetween(since, begun)]
    const what = `the tick ${tick.toISOString()} of the schedule ${JSON.stringify(name)}`
    const leased = { object: OBJECT, what, params: [name, token], renewal: [], token, ttlMs, askedAt }
    const due = { tick, since: new Date(since), missed }
    const isTold = await runHeld(this.#ports, this.#holds, leased, (held) => task({ ...due, ...held }))
    if (isTold) this.#past = Math.max(this.#past, begun)
  }
}
