import { membersOf, type Json } from '../json.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { InvalidParamsError, OverloadedError } from '../rpc/errors.js'
import { Jobs, PRIORITY_MOST, type Job } from './jobs.js'
import { demandKnown, readWhole } from './read-params.js'
import { readId, readName, readToken, readTtl, StaleTokenError } from './turns.js'

/** How a job is put. */
export interface PutOptions {
  /**
   * While a job of that id is in the queue, another one of it is none. 1 to 128 characters, not beginning with `#`.
   * Default: one of its own.
   */
  readonly id?: string
  /** It is taken by nobody before so long. Milliseconds of the log, up to 366 days. Default 0. */
  readonly delayMs?: number
  /** Of those that can be taken the highest first, 0 to 9. Default 0. */
  readonly priority?: number
  /** How often it is tried before it is dead, 1 to 1,000. Default 5. */
  readonly tries?: number
}

/** How jobs are taken. */
export interface TakeOptions {
  /** For how long others do not see it, unless it is kept up. Milliseconds of the log, 100 to 86,400,000. Default 30,000. */
  readonly ttlMs?: number
  /** At most so many, 1 to 100. Default 1. */
  readonly max?: number
}

/** A job that was taken. */
export interface TakenJob {
  readonly id: string
  readonly data: Json
  /** By which its end is told: another one each time that it is taken. */
  readonly token: number
  /** How often it has been taken, with this time. */
  readonly attempt: number
}

/** A job that has failed as often as it may. */
export interface DeadJob {
  readonly id: string
  readonly data: Json
  readonly attempts: number
  readonly message: string
}

export const QUEUE_LIMITS = {
  /** Of all queues. */
  jobs: 100_000,
  /** Of one job's data, as JSON. */
  dataLength: 65_536,
  messageLength: 1_024,
  delayMs: 366 * 86_400_000,
  taken: 100,
  tries: 1_000,
}
/** No id that is given begins so: of two jobs with one id the first could never be ended. */
const OWN_ID = '#'
const PUT_BY_DEFAULT = { delayMs: 0, priority: 0, tries: 5 }
const TAKEN_BY_DEFAULT = { ttlMs: 30_000, max: 1 }
/** After the first failure a job rests for so long, then for twice as long each time. Milliseconds. */
const REST_MS = { first: 1_000, most: 3_600_000 }
/** Of one entry: each is an event, and a command emits only so many. */
const ENDS_AT_ONCE = 500
const SILENT = 'its worker was not heard of any more'

/** Jobs by the names of their queues. Each change is an event `{id, state}`: `ready`, `done` or `dead`. */
export class Queue {
  static readonly frees = ['done', 'discard', 'renew', 'demand']
  static readonly [PARAMETERS] = {
    put: ['name', 'data', 'options'],
    take: ['name', 'worker', 'options'],
    renew: ['name', 'id', 'token', 'ttlMs'],
    done: ['name', 'id', 'token'],
    demand: ['name', 'id', 'token'],
    fail: ['name', 'id', 'token', 'message', 'retryInMs'],
    revive: ['name', 'id'],
    discard: ['name', 'id'],
    counts: ['name'],
    dead: ['name', 'count'],
  }

  readonly #jobs = new Jobs()

  /** The job's id; it is in the queue once, however often it is put. */
  @command put(name: string, data: Json, options?: PutOptions): string {
    const signature = 'put(name, data, options)'
    const key = readName(name, signature)
    const { id, delayMs, priority, tries } = readPutOptions(options, signature)
    if (JSON.stringify(data ?? null).length > QUEUE_LIMITS.dataLength)
      throw new InvalidParamsError(
        `${signature}: data has at most ${QUEUE_LIMITS.dataLength} characters as JSON: keep it elsewhere`,
      )
    if (id !== undefined && this.#jobs.find(key, id) !== undefined) return id
    if (this.#jobs.size >= QUEUE_LIMITS.jobs)
      throw new OverloadedError(`${QUEUE_LIMITS.jobs} jobs are in the queues already: put it later`)
    const number = this.#jobs.nextNumber()
    const own = id ?? `${OWN_ID}${number}`
    this.#put({
      number,
      queue: key,
      id: own,
      data: data ?? null,
      priority,
      tries,
      attempts: 0,
      state: delayMs > 0 ? 'delayed' : 'ready',
      until: commandContext().now + delayMs,
      token: 0,
      message: '',
    })
    return own
  }

  /** Those that can be taken, the highest priority first, then in the order in which they came. */
  @command take(name: string, worker: string, options?: TakeOptions): readonly TakenJob[] {
    const signature = 'take(name, worker, options)'
    const key = readName(name, signature)
    readId(worker, signature, 'worker')
    const { ttlMs, max } = readTakeOptions(options, signature)
    const taken: TakenJob[] = []
    const { index: token, now } = commandContext()
    while (taken.length < max) {
      const job = this.#jobs.takeReady(key)
      if (job === undefined) break
      const attempt = job.attempts + 1
      this.#put({ ...job, state: 'taken', token, attempts: attempt, until: now + ttlMs })
      taken.push({ id: job.id, data: job.data, token, attempt })
    }
    return taken
  }

  /** Whether it is this worker's still. */
  @command renew(name: string, id: string, token: number, ttlMs: number = TAKEN_BY_DEFAULT.ttlMs): boolean {
    const signature = 'renew(name, id, token, ttlMs)'
    const job = this.#taken(name, id, token, signature)
    const { ttlMs: wanted } = readTakeOptions({ ttlMs }, signature)
    if (job === undefined) return false
    this.#put({ ...job, until: commandContext().now + wanted })
    return true
  }

  /** Whether it was this worker's still: then it is out of the queue. Else another one has it, or will have. */
  @command done(name: string, id: string, token: number): boolean {
    const job = this.#taken(name, id, token, 'done(name, id, token)')
    if (job === undefined) return false
    commandContext().emit(job.queue, { id: job.id, state: 'done' })
    this.#jobs.remove(job)
    return true
  }

  /** For an atomic entry: @throws StaleTokenError unless it is still the worker's that has taken it by that token */
  @command demand(name: string, id: string, token: number): void {
    if (this.#taken(name, id, token, 'demand(name, id, token)') !== undefined) return
    throw new StaleTokenError(
      `the token ${token} for the job ${JSON.stringify(id)} of ${JSON.stringify(name)} is stale`,
    )
  }

  /**
   * The same when it has failed: it is tried again after `retryInMs`, by default a second, and twice as long after each
   * further failure, until it has been tried as often as it may; then it is dead.
   */
  @command fail(name: string, id: string, token: number, message: string, retryInMs?: number): boolean {
    const signature = 'fail(name, id, token, message, retryInMs)'
    if (typeof message !== 'string') throw new InvalidParamsError(`${signature}: message must be a text`)
    if (retryInMs !== undefined) readDelay(retryInMs, `${signature}: retryInMs`)
    const job = this.#taken(name, id, token, signature)
    if (job === undefined) return false
    this.#failed(job, message.slice(0, QUEUE_LIMITS.messageLength), retryInMs)
    return true
  }

  /** Whether it was dead: it is tried again as often as it may, as if it were new. */
  @command revive(name: string, id: string): boolean {
    const job = this.#found(name, id, 'revive(name, id)')
    if (job?.state !== 'dead') return false
    this.#put({ ...job, state: 'ready', attempts: 0 })
    return true
  }

  /** Whether it was in the queue, in whatever state. A worker that has it hears so at its end. */
  @command discard(name: string, id: string): boolean {
    const job = this.#found(name, id, 'discard(name, id)')
    if (job === undefined) return false
    this.#jobs.remove(job)
    return true
  }

  @query counts(name: string): Readonly<Record<Job['state'], number>> {
    const counts = { ready: 0, delayed: 0, taken: 0, dead: 0 }
    for (const job of this.#jobs.of(readName(name, 'counts(name)'))) counts[job.state] += 1
    return counts
  }

  /** The first of them, at most 100. */
  @query dead(name: string, count: number = 100): readonly DeadJob[] {
    const signature = 'dead(name, count)'
    const { max } = readTakeOptions({ max: count }, signature)
    const dead = this.#jobs.of(readName(name, signature)).filter(({ state }) => state === 'dead')
    return dead.slice(0, max).map(({ id, data, attempts, message }) => ({ id, data, attempts, message }))
  }

  nextExpiry(): number | undefined {
    return this.#jobs.nextEnd
  }

  /** What was delayed can be taken, and what a worker has not kept up has failed. */
  expire(): boolean {
    const { now } = commandContext()
    for (let left = ENDS_AT_ONCE; left > 0; left--) {
      const job = this.#jobs.takeOver(now)
      if (job === undefined) return false
      if (job.state === 'taken') this.#failed(job, SILENT, 0)
      else this.#put({ ...job, state: 'ready' })
    }
    return true
  }

  attempt(run: () => void): void {
    this.#jobs.attempt(run)
  }

  snapshot(): Iterable<Json> {
    return this.#jobs.snapshot()
  }

  restore(chunks: AsyncIterable<Json>): Promise<void> {
    return this.#jobs.restore(chunks)
  }

  #failed(job: Job, message: string, retryInMs?: number): void {
    if (job.attempts >= job.tries) {
      commandContext().emit(job.queue, { id: job.id, state: 'dead' })
      this.#put({ ...job, state: 'dead', message })
      return
    }
    const delay = retryInMs ?? Math.min(REST_MS.first * 2 ** (job.attempts - 1), REST_MS.most)
    const until = commandContext().now + delay
    this.#put({ ...job, state: delay > 0 ? 'delayed' : 'ready', until, message })
  }

  #put(job: Job): void {
    if (job.state === 'ready') commandContext().emit(job.queue, { id: job.id, state: 'ready' })
    this.#jobs.put(job)
  }

  #taken(name: string, id: string, token: number, signature: string): Job | undefined {
    const wanted = readToken(token, signature)
    const job = this.#found(name, id, signature)
    return job?.state === 'taken' && job.token === wanted ? job : undefined
  }

  #found(name: string, id: string, signature: string): Job | undefined {
    return this.#jobs.find(readName(name, signature), readId(id, signature, 'id'))
  }
}

function readPutOptions(options: unknown, signature: string) {
  const given: Readonly<Record<string, unknown>> = { ...PUT_BY_DEFAULT, ...membersOf(options ?? {}) }
  const { id, delayMs, priority, tries, ...others } = given
  demandKnown(options, others, `${signature}: options are {id, delayMs, priority, tries}`)
  return {
    id: id === undefined ? undefined : givenId(id, signature),
    delayMs: readDelay(delayMs, `${signature}: delayMs`),
    priority: readWhole(priority, 0, PRIORITY_MOST, `${signature}: priority`),
    tries: readWhole(tries, 1, QUEUE_LIMITS.tries, `${signature}: tries`),
  }
}

function givenId(id: unknown, signature: string): string {
  const given = readId(id, signature, 'id')
  if (!given.startsWith(OWN_ID)) return given
  throw new InvalidParamsError(
    `${signature}: an id that begins with ${OWN_ID} is one that the queue has given`,
  )
}

function readTakeOptions(options: unknown, signature: string): Required<TakeOptions> {
  const { ttlMs, max, ...others } = { ...TAKEN_BY_DEFAULT, ...membersOf(options ?? {}) }
  demandKnown(options, others, `${signature}: options are {ttlMs, max}`)
  return {
    ttlMs: readTtl(ttlMs, signature),
    max: readWhole(max, 1, QUEUE_LIMITS.taken, `${signature}: max`),
  }
}

const readDelay = (value: unknown, what: string): number => readWhole(value, 0, QUEUE_LIMITS.delayMs, what)
