import { isWhole, membersOf } from '../../json.js'
import { BOOLEAN, checkOptions, checkValue, FUNCTION, TEXT, type Rules } from '../../rpc/options.js'
import type { CoordinationPorts, LeaseOptions } from './ports.js'
import type { Worker } from './queue.js'
import type { Tick } from './scheduler.js'
import type { Holds } from './holds.js'
import { HELD_FOR_MS, LEASE_RULES } from './turns.js'

/** How the ticks of a schedule are run. */
export interface EveryOptions extends LeaseOptions {
  /** The time zone of the expression, by its IANA name, such as `Europe/Rome`. Default `UTC`. */
  readonly timeZone?: string | undefined
  /** Whether to give a tick up if the process that runs it dies, instead of running it again. Default false. */
  readonly atMostOnce?: boolean | undefined
}

const EVERY_RULES: Rules<EveryOptions> = { ...LEASE_RULES, timeZone: TEXT, atMostOnce: BOOLEAN }

/** A schedule of which each tick is run by one of the processes that take part. */
export class Schedule {
  readonly #ports: CoordinationPorts
  readonly #holds: Holds

  constructor(
    ports: CoordinationPorts,
    holds: Holds,
    readonly name: string,
  ) {
    this.#ports = ports
    this.#holds = holds
  }

  /**
   * Takes part in the schedule until the worker is stopped. When a tick of the cron expression (five fields, or six
   * with seconds first) is due, one of the processes that take part runs its task. Ticks go by log time, so that no
   * wrong clock makes one early or run twice. Only one runs at a time. Of those that became due in the meantime, or
   * while no process was there, only the last is run, and told how many it stands for. If the task throws, its tick is
   * over, and `last` reports the error.
   * @throws InvalidParamsError for an invalid expression or time zone
   */
  async every(
    expression: string,
    task: (tick: Tick) => unknown,
    options: EveryOptions = {},
  ): Promise<Worker> {
    checkValue('every: the expression', expression, TEXT)
    checkValue('every: the task', task, FUNCTION)
    checkOptions('every', options, EVERY_RULES)
    const { timeZone = 'UTC', ttlMs = HELD_FOR_MS, atMostOnce = false } = options
    const [{ Ticks }, { Scheduler }] = await Promise.all([import('./ticks.js'), import('./scheduler.js')])
    const { name } = this
    const ticks = new Ticks(expression, timeZone)
    const scheduler = new Scheduler(this.#ports, this.#holds, { name, ticks, task, ttlMs, atMostOnce })
    const ended = scheduler.run()
    const stop = async (): Promise<void> => {
      scheduler.stop()
      await ended
    }
    return { stop, [Symbol.asyncDispose]: stop }
  }

  /** The last tick that was begun, and its state. Null: there was none. */
  async last(): Promise<{
    readonly tick: Date
    readonly state: 'running' | 'done' | 'failed'
    /** Why it failed. Null: it did not. */
    readonly message: string | null
  } | null> {
    const answer = await this.#ports.call('schedule', 'state', [this.name])
    const { state, last, message = null } = membersOf(answer)
    if (state !== 'running' && state !== 'done' && state !== 'failed') return null
    if (!isWhole(last) || (message !== null && typeof message !== 'string')) return null
    return { tick: new Date(last), state, message }
  }

  /** Forgets the schedule, which then begins anew; a running tick loses its lease. Returns whether it was known. */
  async forget(): Promise<boolean> {
    return (await this.#ports.call('schedule', 'forget', [this.name])) === true
  }
}
