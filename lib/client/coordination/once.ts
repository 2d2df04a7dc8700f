import { BOOLEAN, checkOptions, type Rule, type Rules } from '../../rpc/options.js'
import type { JobOptions } from './job.js'
import type { AcquireOptions, CoordinationPorts, Held, LeaseOptions } from './ports.js'
import type { Holds } from './holds.js'
import { ACQUIRE_RULES, HELD_FOR_MS, LEASE_RULES } from './turns.js'

/** How a job is run. The options of the process that begins it count. */
export interface JobRunOptions extends LeaseOptions {
  /** How long its result is kept, and the job not run again, in milliseconds, up to 366 days. Default one day. */
  readonly keepMs?: number | undefined
  /**
   * Whether to give the job up if the process that runs it fails or dies, instead of running it again. Default false.
   */
  readonly atMostOnce?: boolean | undefined
}

const DAY_MS = 86_400_000
const KEPT: Rule = {
  holds: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 366 * DAY_MS,
  wanted: 'a whole number of milliseconds, at most 366 days',
}
export const JOB_RULES: Rules<JobRunOptions> = { ...LEASE_RULES, keepMs: KEPT, atMostOnce: BOOLEAN }

/** A job that one of the processes that ask for it runs, and whose result all of them get. */
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
   * Resolves to the result of the task, JSON of at most 64 Ki characters. The task runs here unless it has run, or is
   * running, elsewhere, which is then waited for. If it throws here this rejects with its error; the next process that
   * asks runs the task again, or, if it must run at most once, gets a {@link JobFailedError}.
   */
  async run<T>(task: (held: Held) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    checkOptions('run', options, ACQUIRE_RULES)
    const { Job } = await import('./job.js')
    const job = new Job(this.#ports, this.#holds, this.name, this.#options)
    return (await job.run(task, options.signal)) as T
  }

  /** Forgets the job: the next process to ask runs it, even while another one does. Returns whether it was known. */
  async forget(): Promise<boolean> {
    return (await this.#ports.call('once', 'forget', [this.name])) === true
  }
}
