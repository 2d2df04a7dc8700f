/** Works off a queue: takes as many jobs as it may run at a time, and keeps each up until its task has ended. */
import { isList, isWhole, membersOf, type Json } from '../../json.js'
import { runHeld } from './held-task.js'
import type { CoordinationPorts, Held } from './ports.js'
import { Told } from './told.js'
import type { Holds } from './holds.js'

/** A job as its task gets it. */
export interface QueuedJob extends Held {
  readonly id: string
  readonly data: Json
  /** Which attempt this is, from 1. */
  readonly attempt: number
}

export interface WorkerOptions {
  readonly name: string
  readonly task: (job: QueuedJob) => unknown
  readonly concurrency: number
  readonly ttlMs: number
}

const OBJECT = 'queue'
/** A queue of which nothing is heard is looked at again after so long. */
const LOOK_MS = 5_000

export class QueueWorker {
  readonly #ports: CoordinationPorts
  readonly #holds: Holds
  readonly #options: WorkerOptions
  readonly #id: string
  readonly #told: Told
  readonly #running = new Set<Promise<void>>()
  #isStopped = false

  constructor(ports: CoordinationPorts, holds: Holds, options: WorkerOptions) {
    this.#ports = ports
    this.#holds = holds
    this.#options = options
    this.#id = ports.random.identifier()
    this.#told = new Told(ports, [OBJECT, options.name], isReady, undefined)
  }

  /** Until it is stopped, or the client closed. Never rejects. */
  async run(): Promise<void> {
    this.#holds.add(this)
    await this.#told.begin()
    while (!this.#isStopped && !this.#told.isOver) {
      const free = this.#options.concurrency - this.#running.size
      if (free > 0) await this.#take(free)
      await this.#told.rest(LOOK_MS, OBJECT)
    }
    this.#holds.ended(this)
    await this.#told.end()
    await Promise.all(this.#running)
  }

  /** Takes no more; what runs is let run to its end. */
  stop(): void {
    this.#isStopped = true
    this.#told.wake()
  }

  /** The client is closed. */
  lose(): void {
    this.stop()
  }

  /** What could not be taken now is seen at the next look. */
  async #take(max: number): Promise<void> {
    const { name, ttlMs } = this.#options
    const askedAt = this.#ports.clock.now()
    const answer = await this.#ports
      .call(OBJECT, 'take', [name, this.#id, { ttlMs, max }])
      .catch((): Json => null)
    for (const job of isList(answer) ? answer : []) this.#begin(membersOf(job), askedAt)
  }

  #begin({ id, data, token, attempt }: Readonly<Record<string, Json>>, askedAt: number): void {
    if (typeof id !== 'string' || data === undefined || !isWhole(token) || !isWhole(attempt)) return
    const running = this.#do({ id, data, attempt }, token, askedAt).finally(() => {
      this.#running.delete(running)
      this.#told.wake()
    })
    this.#running.add(running)
  }

  async #do(job: Omit<QueuedJob, keyof Held>, token: number, askedAt: number): Promise<void> {
    const { name, ttlMs, task } = this.#options
    const what = `the job ${JSON.stringify(job.id)} of the queue ${JSON.stringify(name)}`
    const [params, renewal] = [[name, job.id, token], [ttlMs]]
    const leased = { object: OBJECT, what, params, renewal, token, ttlMs, askedAt }
    await runHeld(this.#ports, this.#holds, leased, (held) => task({ ...job, ...held }))
  }
}

function isReady(data: unknown): boolean {
  return membersOf(data)['state'] === 'ready'
}
