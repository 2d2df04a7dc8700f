/** The jobs of all queues, and where each is found: by its id, by its turn, and by when its time is over. */
import { isList, isWhole, membersOf, type Json } from '../json.js'
import { sliced } from '../replica/objects/sliced.js'
import { DueTimes } from './due-times.js'
import { TimedMap } from './timed-map.js'

export interface Job {
  /** Higher than that of each job that came before. */
  readonly number: number
  readonly queue: string
  readonly id: string
  readonly data: Json
  readonly priority: number
  readonly tries: number
  readonly attempts: number
  readonly state: 'delayed' | 'ready' | 'taken' | 'dead'
  /** Of `delayed` and `taken`: when that is over. */
  readonly until: number
  /** Of `taken`. */
  readonly token: number
  /** Why it failed last. */
  readonly message: string
}

export const PRIORITY_MOST = 9
/** Above any number of a job. */
const NUMBERS = 2 ** 45

/** What of one queue can be had quickly. */
interface Index {
  /** By their ids, the numbers of all of its jobs. */
  readonly numbers: Map<string, number>
  /** In the order in which they are taken. */
  readonly ready: DueTimes
}

export class Jobs {
  /** By their numbers, as texts. */
  readonly #jobs = new TimedMap<Job>(({ state, until }) =>
    state === 'delayed' || state === 'taken' ? until : undefined,
  )
  readonly #queues = new Map<string, Index>()
  #lastNumber = 0

  get size(): number {
    return this.#jobs.size
  }

  /** That of a job that comes now. */
  nextNumber(): number {
    return (this.#lastNumber += 1)
  }

  /** A new one, or one that was there, as it is now. */
  put(job: Job): void {
    this.#jobs.set(String(job.number), job)
    this.#note(job)
  }

  remove(job: Job): void {
    this.#jobs.delete(String(job.number))
    this.#forget(job)
  }

  find(queue: string, id: string): Job | undefined {
    const number = this.#queues.get(queue)?.numbers.get(id)
    return number === undefined ? undefined : this.#jobs.get(String(number))
  }

  /** Those of a queue, in the order in which they came. */
  of(queue: string): readonly Job[] {
    const numbers = [...(this.#queues.get(queue)?.numbers.values() ?? [])].sort((a, b) => a - b)
    return numbers.flatMap((number) => this.#jobs.get(String(number)) ?? [])
  }

  /** The ready one whose turn it is: to be put as taken. */
  takeReady(queue: string): Job | undefined {
    const number = this.#queues.get(queue)?.ready.take(Infinity)
    return number === undefined ? undefined : this.#jobs.get(number)
  }

  /** One whose time is over by `now`: to be put anew. */
  takeOver(now: number): Job | undefined {
    return this.#jobs.takeOver(now)?.[1]
  }

  get nextEnd(): number | undefined {
    return this.#jobs.nextEnd
  }

  attempt(run: () => void): void {
    const lastNumber = this.#lastNumber
    this.#jobs.attempt(run, (changes) => {
      this.#lastNumber = lastNumber
      // An id that was given to another job meanwhile leads to the first one again.
      for (const { undone } of changes) if (undone !== undefined) this.#forget(undone)
      for (const { value } of changes) if (value !== undefined) this.#note(value)
    })
  }

  /** The last number, then of each job `[number, {…}]`. */
  snapshot(): Iterable<Json> {
    return sliced([this.#lastNumber], written(this.#jobs.capture()))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks)
      if (isWhole(chunk)) this.#lastNumber = chunk
      else this.put(read(chunk))
  }

  #note({ number, queue, id, state, priority }: Job): void {
    const known = this.#queues.get(queue)
    const index = known ?? { numbers: new Map<string, number>(), ready: new DueTimes() }
    if (known === undefined) this.#queues.set(queue, index)
    index.numbers.set(id, number)
    const turn = state === 'ready' ? (PRIORITY_MOST - priority) * NUMBERS + number : undefined
    index.ready.set(String(number), turn)
  }

  #forget({ number, queue, id }: Job): void {
    const index = this.#queues.get(queue)
    index?.numbers.delete(id)
    index?.ready.set(String(number), undefined)
    if (index?.numbers.size === 0) this.#queues.delete(queue)
  }
}

function* written(jobs: Iterable<readonly [string, Job]>): Generator<Json> {
  for (const [, { number, ...job }] of jobs) yield [number, job]
}

function read(chunk: Json): Job {
  const [number, job] = isList(chunk) ? chunk : []
  const { queue, id, data, priority, tries, attempts, state, until, token, message } = membersOf(job)
  if (!isWhole(number) || typeof queue !== 'string' || typeof id !== 'string' || data === undefined)
    throw strange()
  if (!isWhole(priority) || !isWhole(tries) || !isWhole(attempts) || !isWhole(until) || !isWhole(token))
    throw strange()
  if (typeof message !== 'string' || !isState(state)) throw strange()
  return { number, queue, id, data, priority, tries, attempts, state, until, token, message }
}

const STATES: readonly unknown[] = ['delayed', 'ready', 'taken', 'dead'] satisfies readonly Job['state'][]

function isState(state: unknown): state is Job['state'] {
  return STATES.includes(state)
}

const strange = (): Error => new Error('a snapshot of queue holds what is no job')
