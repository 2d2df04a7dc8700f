/** Takes part in a schedule: asks for each tick when it is due, and keeps up the one that it has until its task has ended. */
import { isWhole, membersOf, type Json } from '../../json.js'
import type { CallOptions } from '../../rpc/proxies/call-options.js'
import { HeldTurn } from './held-turn.js'
import type { CoordinationPorts, Held } from './ports.js'
import type { Ticks } from './ticks.js'
import { Told } from './told.js'
import type { Holds } from './turns.js'

/** What is to be done now. */
export interface Tick extends Held {
  /** When it was due. */
  readonly tick: Date
  /** The tick that was run before it, or the time when the schedule was first asked for. */
  readonly since: Date
  /** How many ticks between the two nobody has run; 1,000 where there were more. */
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
    const held = this.#held(begun, token, askedAt)
    const { name, task, ticks } = this.#options
    const missed = ticks.countBetween(since, begun)
    const { signal } = held
    const tick = { tick: new Date(begun), since: new Date(since), missed, token, signal }
    const why = await failureOf(() => task(tick))
    const [method, more] = why === undefined ? (['done', []] as const) : (['fail', [why]] as const)
    // While nobody can be told it is begun anew when its time is over.
    const told = await this.#ports.call(OBJECT, method, [name, token, ...more]).catch((): Json => null)
    if (told === true) this.#past = Math.max(this.#past, begun)
    await held.release()
  }

  #held(begun: number, token: number, askedAt: number): HeldTurn {
    const { name, ttlMs } = this.#options
    const calls = {
      what: `the tick ${new Date(begun).toISOString()} of the schedule ${JSON.stringify(name)}`,
      renew: async (_id: string, call?: CallOptions) =>
        (await this.#ports.call(OBJECT, 'renew', [name, token], call)) === true ? { token } : null,
      // How it has ended is told before.
      release: () => Promise.resolve(),
    }
    const ports = this.#ports
    const ended = (): void => this.#holds.ended(held)
    const held: HeldTurn = new HeldTurn({ ports, calls, id: name, token, ttlMs, askedAt, ended })
    this.#holds.add(held)
    return held
  }
}

/** Undefined: it has ended well. */
async function failureOf(task: () => unknown): Promise<string | undefined> {
  try {
    await task()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
