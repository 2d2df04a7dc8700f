import { isList, isWhole, membersOf, type Json } from '../json.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { sliced } from '../replica/objects/sliced.js'
import { InvalidParamsError, OverloadedError } from '../rpc/errors.js'
import { demandKnown, readFlag } from './read-params.js'
import { TimedMap } from './timed-map.js'
import { readId, readName, readToken, readTtl, StaleTokenError } from './turns.js'

/** How a job is run. The one that begins it decides. */
export interface OnceOptions {
  /** After so long without a word its runner counts as dead. Milliseconds of the log, 100 to 86,400,000. Default 10,000. */
  readonly ttlMs?: number
  /** For how long it is known how it ended. Milliseconds of the log, up to 366 days. Default a day. */
  readonly keepMs?: number
  /** Whether nobody else begins it when its runner fails or dies. Default false. */
  readonly atMostOnce?: boolean
}

/** The caller runs it; another one does; or it has ended, well or not. */
export type OnceAnswer =
  | { readonly token: number }
  | { readonly running: true }
  | { readonly done: Json }
  | { readonly failed: string }

interface Running {
  readonly state: 'running'
  readonly endsAt: number
  readonly runner: string
  readonly token: number
  readonly ttlMs: number
  readonly keepMs: number
  readonly atMostOnce: boolean
}
type Ended = { readonly endsAt: number } & (
  | { readonly state: 'done'; readonly outcome: Json }
  /** Why. */
  | { readonly state: 'failed'; readonly outcome: string }
)
type Job = Running | Ended

export const ONCE_LIMITS = {
  /** Jobs that are known. */
  jobs: 100_000,
  resultLength: 65_536,
  messageLength: 1_024,
  keepMs: 366 * 86_400_000,
}
const BY_DEFAULT: Required<OnceOptions> = { ttlMs: 10_000, keepMs: 86_400_000, atMostOnce: false }
const SILENT = 'its runner was not heard of any more'
/** Of one entry: each is an event, and a command emits only so many. */
const ENDS_AT_ONCE = 500

/**
 * Jobs by name, each run by one of those who ask, whose result all get. Each change is an event `{state}` with the name
 * as its topic: `running`, `done`, `failed`, or `free` when it may be begun anew.
 */
export class Once {
  static readonly frees = ['renew', 'fail', 'forget', 'demand']
  static readonly [PARAMETERS] = {
    begin: ['name', 'runner', 'options'],
    renew: ['name', 'runner'],
    finish: ['name', 'runner', 'token', 'result'],
    fail: ['name', 'runner', 'token', 'message'],
    forget: ['name'],
    demand: ['name', 'token'],
    state: ['name'],
  }

  readonly #jobs = new TimedMap<Job>(({ endsAt }) => endsAt)

  /** Again by the same runner: it has it still. */
  @command begin(name: string, runner: string, options?: OnceOptions): OnceAnswer {
    const signature = 'begin(name, runner, options)'
    const [key, id] = [readName(name, signature), readId(runner, signature, 'runner')]
    const asked = readOptions(options, signature)
    const before = this.#jobs.get(key)
    if (before !== undefined) return answerOf(before, id)
    if (this.#jobs.size >= ONCE_LIMITS.jobs)
      throw new OverloadedError(
        `${ONCE_LIMITS.jobs} jobs are known already: forget some, or keep them for less long`,
      )
    const { index, now } = commandContext()
    const begun: Job = { state: 'running', endsAt: now + asked.ttlMs, runner: id, token: index, ...asked }
    this.#put(key, begun, 'running')
    return answerOf(begun, id)
  }

  /** Null: it is another one's, or has ended. */
  @command renew(name: string, runner: string): { readonly token: number } | null {
    const signature = 'renew(name, runner)'
    const [key, id] = [readName(name, signature), readId(runner, signature, 'runner')]
    const job = this.#jobs.get(key)
    if (job?.state !== 'running' || job.runner !== id) return null
    this.#put(key, { ...job, endsAt: commandContext().now + job.ttlMs })
    return { token: job.token }
  }

  /** Whether it was the runner's still; else nothing has changed. */
  @command finish(name: string, runner: string, token: number, result: Json): boolean {
    const signature = 'finish(name, runner, token, result)'
    if (JSON.stringify(result ?? null).length > ONCE_LIMITS.resultLength)
      throw new InvalidParamsError(
        `${signature}: result has at most ${ONCE_LIMITS.resultLength} characters as JSON: keep it elsewhere`,
      )
    const job = this.#running(name, runner, token, signature)
    if (job === undefined) return false
    this.#end(name, { state: 'done', endsAt: keptUntil(job), outcome: result ?? null })
    return true
  }

  /** The same; unless it is run at most once, the next one who asks begins it anew. */
  @command fail(name: string, runner: string, token: number, message: string): boolean {
    const signature = 'fail(name, runner, token, message)'
    if (typeof message !== 'string') throw new InvalidParamsError(`${signature}: message must be a text`)
    const job = this.#running(name, runner, token, signature)
    if (job === undefined) return false
    const outcome = message.slice(0, ONCE_LIMITS.messageLength)
    if (job.atMostOnce) this.#end(name, { state: 'failed', endsAt: keptUntil(job), outcome })
    else this.#free(name)
    return true
  }

  /** Whether it was known: whoever asks next runs it, also while another one does. */
  @command forget(name: string): boolean {
    const key = readName(name, 'forget(name)')
    if (this.#jobs.get(key) === undefined) return false
    this.#free(key)
    return true
  }

  /** For an atomic entry: @throws StaleTokenError unless it is run by that token */
  @command demand(name: string, token: number): void {
    const signature = 'demand(name, token)'
    const [key, wanted] = [readName(name, signature), readToken(token, signature)]
    const job = this.#jobs.get(key)
    if (job?.state === 'running' && job.token === wanted) return
    throw new StaleTokenError(`the token ${wanted} for the job ${JSON.stringify(key)} is stale`)
  }

  /** Null: nobody has begun it, or it is known no longer. */
  @query state(name: string): { readonly state: Job['state']; readonly outcome: Json } | null {
    const job = this.#jobs.get(readName(name, 'state(name)'))
    return job === undefined
      ? null
      : { state: job.state, outcome: job.state === 'running' ? null : job.outcome }
  }

  nextExpiry(): number | undefined {
    return this.#jobs.nextEnd
  }

  expire(): boolean {
    const { now } = commandContext()
    for (let left = ENDS_AT_ONCE; left > 0; left--) {
      const over = this.#jobs.takeOver(now)
      if (over === undefined) return false
      const [name, job] = over
      if (job.state !== 'running') this.#jobs.delete(name)
      else if (job.atMostOnce) this.#end(name, { state: 'failed', endsAt: keptUntil(job), outcome: SILENT })
      else this.#free(name)
    }
    return true
  }

  attempt(run: () => void): void {
    this.#jobs.attempt(run)
  }

  /** Of each job `[name, {…}]`. */
  snapshot(): Iterable<Json> {
    return sliced(written(this.#jobs.capture()))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) {
      const [name, job] = read(chunk)
      this.#jobs.set(name, job)
    }
  }

  #running(name: string, runner: string, token: number, signature: string): Running | undefined {
    const [key, id] = [readName(name, signature), readId(runner, signature, 'runner')]
    const wanted = readToken(token, signature)
    const job = this.#jobs.get(key)
    return job?.state === 'running' && job.runner === id && job.token === wanted ? job : undefined
  }

  #end(name: string, job: Ended): void {
    this.#put(name, job, job.state)
  }

  #put(name: string, job: Job, told?: Job['state']): void {
    if (told !== undefined) commandContext().emit(name, { state: told })
    this.#jobs.set(name, job)
  }

  #free(name: string): void {
    commandContext().emit(name, { state: 'free' })
    this.#jobs.delete(name)
  }
}

const keptUntil = ({ keepMs }: Running): number => commandContext().now + keepMs

function answerOf(job: Job, runner: string): OnceAnswer {
  switch (job.state) {
    case 'running':
      return job.runner === runner ? { token: job.token } : { running: true }
    case 'done':
      return { done: job.outcome }
    case 'failed':
      return { failed: job.outcome }
  }
}

function readOptions(options: unknown, signature: string): Required<OnceOptions> {
  const { ttlMs, keepMs, atMostOnce, ...others } = { ...BY_DEFAULT, ...membersOf(options ?? {}) }
  demandKnown(options, others, `${signature}: options are {ttlMs, keepMs, atMostOnce}`)
  const leaseMs = readTtl(ttlMs, signature)
  if (!isWhole(keepMs) || keepMs > ONCE_LIMITS.keepMs)
    throw new InvalidParamsError(`${signature}: keepMs must be a whole number up to ${ONCE_LIMITS.keepMs}`)
  return { ttlMs: leaseMs, keepMs, atMostOnce: readFlag(atMostOnce, `${signature}: atMostOnce`) }
}

function* written(jobs: Iterable<readonly [string, Job]>): Generator<Json> {
  for (const [name, job] of jobs) yield [name, { ...job }]
}

function read(chunk: Json): readonly [string, Job] {
  const [name, job] = isList(chunk) ? chunk : []
  const { state, endsAt, runner, token, ttlMs, keepMs, atMostOnce, outcome } = membersOf(job)
  if (typeof name !== 'string' || !isWhole(endsAt)) throw strange()
  if (state === 'done' && outcome !== undefined) return [name, { state, endsAt, outcome }]
  if (state === 'failed' && typeof outcome === 'string') return [name, { state, endsAt, outcome }]
  if (state !== 'running' || typeof runner !== 'string' || typeof atMostOnce !== 'boolean') throw strange()
  if (!isWhole(token) || !isWhole(ttlMs) || !isWhole(keepMs)) throw strange()
  return [name, { state, endsAt, runner, token, ttlMs, keepMs, atMostOnce }]
}

const strange = (): Error => new Error('a snapshot of once holds what is no job')
