import { isList, isWhole, membersOf, type Json } from '../../json.js'
import { InternalError } from '../../rpc/errors.js'
import { checkOptions, type Rules } from '../../rpc/options.js'
import type { CoordinationPorts, LeaseOptions } from './ports.js'
import { wholeIn } from './rules.js'
import type { Holds } from './holds.js'
import { LEASE_RULES } from './turns.js'
import type { QueuedJob } from './worker.js'

/** How to put a job into a queue. */
export interface QueuePutOptions {
  /**
   * While a job with this id is in the queue, putting it again does nothing. 1 to 128 characters. Default: a unique
   * one.
   */
  readonly id?: string
  /** How long until a worker may get it, in milliseconds, up to 366 days. Default 0. */
  readonly delayMs?: number
  /** Jobs with the highest priority go first, 0 to 9. Default 0. */
  readonly priority?: number
  /** How often it is tried before it counts as dead, 1 to 1,000. Default 5. */
  readonly tries?: number
}

/** How a worker works through a queue. */
export interface WorkOptions extends LeaseOptions {
  /** How many jobs it runs at a time, 1 to 100. Default 1. */
  readonly concurrency?: number | undefined
}

/** Something that runs until it is stopped: it works through a queue, or takes part in a schedule. */
export interface Worker extends AsyncDisposable {
  /** Begins nothing more, and resolves when what is running has ended. */
  stop(): Promise<void>
}

const WORK_RULES: Rules<WorkOptions> = { ...LEASE_RULES, concurrency: wholeIn(1, 100) }
const HELD_FOR_MS = 30_000

/** A queue of the cluster: each job is done by one worker, or by another if that one fails or dies. */
export class Queue {
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
   * Puts a job into the queue, where it is, whatever fails, once this resolves to its id. `data` is JSON of at most
   * 64 Ki characters.
   */
  async put(data: Json, options: QueuePutOptions = {}): Promise<string> {
    const id = await this.#ports.call('queue', 'put', [this.name, data, { ...options }])
    if (typeof id === 'string') return id
    throw new InternalError('queue.put answered, but not as a member does')
  }

  /**
   * Runs the task for each job from now on. A job whose task ends successfully is done, and never handed out again. If
   * the task throws, or the worker dies or loses the job (`signal`), it is tried again, so a task may run more than
   * once.
   */
  work(task: (job: QueuedJob) => unknown, options: WorkOptions = {}): Worker {
    checkOptions('work', options, WORK_RULES)
    const { concurrency = 1, ttlMs = HELD_FOR_MS } = options
    const begun = import('./worker.js').then(({ QueueWorker }) => {
      const worker = new QueueWorker(this.#ports, this.#holds, { name: this.name, task, concurrency, ttlMs })
      return { worker, ended: worker.run() }
    })
    const stop = async (): Promise<void> => {
      const { worker, ended } = await begun
      worker.stop()
      await ended
    }
    return { stop, [Symbol.asyncDispose]: stop }
  }

  /** The number of jobs in each state. */
  async counts(): Promise<{ ready: number; delayed: number; taken: number; dead: number }> {
    const { ready, delayed, taken, dead } = membersOf(await this.#ports.call('queue', 'counts', [this.name]))
    return { ready: whole(ready), delayed: whole(delayed), taken: whole(taken), dead: whole(dead) }
  }

  /** The first 100 of the jobs that have failed as often as they may, each with its last error's message. */
  async dead(): Promise<readonly { readonly id: string; readonly data: Json; readonly message: string }[]> {
    const answer = await this.#ports.call('queue', 'dead', [this.name])
    return (isList(answer) ? answer : []).flatMap((each) => {
      const { id, data, message } = membersOf(each)
      const isOne = typeof id === 'string' && data !== undefined && typeof message === 'string'
      return isOne ? [{ id, data, message }] : []
    })
  }

  /** Tries a dead job again, as if it were new. Returns whether it was dead. */
  async revive(id: string): Promise<boolean> {
    return (await this.#ports.call('queue', 'revive', [this.name, id])) === true
  }

  /** Removes a job. Returns whether it was in the queue. */
  async discard(id: string): Promise<boolean> {
    return (await this.#ports.call('queue', 'discard', [this.name, id])) === true
  }
}

const whole = (value: Json | undefined): number => (isWhole(value) ? value : 0)
