import { isWhole, membersOf } from '../../json.js'
import { BOOLEAN, checkOptions, checkValue, FUNCTION, TEXT, type Rules } from '../../rpc/options.js'
import type { CoordinationPorts, LeaseOptions } from './ports.js'
import type { Worker } from './queue.js'
import type { Tick } from './scheduler.js'
import type { Holds } from './holds.js'
import { HELD_FOR_MS, LEASE_RULES } from './turns.js'

/** How ticks are run. */
export interface EveryOptions extends LeaseOptions {
  /** In which the expression is read: a name of the IANA's, such as `Europe/Rome`. Default `UTC`. */
  readonly timeZone?: string | undefined
  /** Whether a tick is given up when whoever runs it dies, rather than run by the next one. Default false. */
  readonly atMostOnce?: boolean | undefined
}

const EVERY_RULES: Rules<EveryOptions> = { ...LEASE_RULES, timeZone: TEXT, atMostOnce: BOOLEAN }

/** A schedule of the fleet: of all processes that take part in it one runs each tick. */
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
   * Takes part in it, until the worker is stopped: when a tick of the cron expression (five fields, or six, with seconds
   * first) is due, one of those who take part runs its task. Ticks are told apart by log time, so that none comes
   * early, or twice, by anybody's clock. While one is run others wait; of those that have passed meanwhile, or while
   * nobody was there, the last is run, and told how many it stands for. What the task throws ends its tick: `last`
   * tells it. InvalidParamsError for an expression that is none.
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

  /** The last tick that was begun, and what has become of it. Null: none was. */
  async last(): Promise<{
    readonly tick: Date
    readonly state: 'running' | 'done' | 'failed'
    /** Why it has failed; null when it has not. */
    readonly message: string | null
  } | null> {
    const answer = await this.#ports.call('schedule', 'state', [this.name])
    const { state, last, message = null } = membersOf(answer)
    if (state !== 'running' && state !== 'done' && state !== 'failed') return null
    if (!isWhole(last) || (message !== null && typeof message !== 'string')) return null
    return { tick: new Date(last), state, message }
  }

  /** Whether it was known: ticks from now on count, and what runs is nobody's any more. */
  async forget(): Promise<boolean> {
    return (await this.#ports.call('schedule', 'forget', [this.name])) === true
  }
}
