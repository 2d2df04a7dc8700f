import { BOOLEAN, checkOptions, type Rule, type Rules } from '../../rpc/options.js'
import type { JobOptions } from './job.js'
import type { AcquireOptions, CoordinationPorts, Held, LeaseOptions } from './ports.js'
import type { Holds } from './holds.js'
import { ACQUIRE_RULES, HELD_FOR_MS, LEASE_RULES } from './turns.js'

/** How a job is run. The one that begins it decides. */
export interface JobRunOptions extends LeaseOptions {
  /** For how long its result is kept, and it is not run again, in milliseconds, up to 366 days. Default a day. */
  readonly keepMs?: number | undefined
  /** Whether it is given up when whoever runs it fails or dies, rather than run by the next one. Default false. */
  readonly atMostOnce?: boolean | undefined
}

const DAY_MS = 86_400_000
const KEPT: Rule = {
  holds: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 366 * DAY_MS,
  wanted: 'a whole number of milliseconds, at most 366 days',
}
export const JOB_RULES: Rules<JobRunOptions> = { ...LEASE_RULES, keepMs: KEPT, atMostOnce: BOOLEAN }

/** A job of the fleet: of all processes that ask for it one runs it, and all have its result. */
export class Once {
  readonly #ports: CoordinationPorts
  readonly #holds: Holds
  readonly #options: JobOptions

  constructor(
    ports: CoordinationPorts,
    holds: Holds,
    readonly name: string,
    { ttlMs = HELD_FOR_MS, keepMs = DAY_MS, atMostOnce = false }: JobRunOptions,
  ) {
    this.#ports = ports
    this.#holds = holds
    this.#options = { ttlMs, keepMs, atMostOnce }
  }

  /**
   * The result of the task, which runs here unless it has run, or runs, elsewhere: then it is waited for. What the task
   * throws here is thrown here, and the next one who asks runs it, or, if it is to run at most once, hears a
   * {@link JobFailedError}. The result is JSON of at most 64 Ki characters.
   */
  async run<T>(task: (held: Held) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    checkOptions('run', options, ACQUIRE_RULES)
    const { Job } = await import('./job.js')
    const job = new Job(this.#ports, this.#holds, this.name, this.#options)
    return (await job.run(task, options.signal)) as T
  }

  /** Whoever asks next runs it, also while another one does. Whether it was known. */
  async forget(): Promise<boolean> {
    return (await this.#ports.call('once', 'forget', [this.name])) === true
  }
}
