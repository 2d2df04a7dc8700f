import { isList, isWhole, membersOf, type Json } from '../json.js'
import { commandContext } from '../replica/objects/context.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { sliced } from '../replica/objects/sliced.js'
import { InvalidParamsError, OverloadedError } from '../rpc/errors.js'
import { demandKnown, readFlag, readWhole } from './read-params.js'
import { TimedMap } from './timed-map.js'
import { readName, readToken, readTtl, StaleTokenError } from './turns.js'

/** How a tick is run. The one that begins it decides. */
export interface TickOptions {
  /** After so long without a word its runner counts as dead. Milliseconds of the log, 100 to 86,400,000. Default 10,000. */
  readonly ttlMs?: number
  /** Whether nobody else begins the same tick when its runner dies. Default false. */
  readonly atMostOnce?: boolean
}

/** What `begin` answers, all of it in milliseconds since 1970. */
export type BegunTick =
  /** The caller runs `tick`; none after `since` and before it was run. */
  | { readonly now: number; readonly tick: number; readonly since: number; readonly token: number }
  /** Nothing is to be begun by this caller now. */
  | { readonly now: number; readonly last: number; readonly isRunning: boolean }

/** What has become of a schedule's last tick. */
export interface LastTick {
  /** `waiting`: none has been run yet, or its runner died. */
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  /** The last tick that was begun, or the time when the schedule was first asked for. Milliseconds since 1970. */
  readonly last: number
  /** Why it has failed; null when it has not. */
  readonly message: string | null
}

interface Running extends Required<TickOptions> {
  readonly state: 'running'
  readonly last: number
  readonly since: number
  readonly token: number
  readonly endsAt: number
}
interface Resting {
  readonly state: 'waiting' | 'done' | 'failed'
  readonly last: number
  readonly message: string | null
  readonly endsAt: number
}
type Ticking = Running | Resting

export const SCHEDULE_LIMITS = {
  schedules: 100_000,
  messageLength: 1_024,
  /** For which a schedule is known that nobody asks for. */
  keptMs: 366 * 86_400_000,
}
const BY_DEFAULT: Required<TickOptions> = { ttlMs: 10_000, atMostOnce: false }
const SILENT = 'its runner was not heard of any more'
/** Of one entry: each is an event, and a command emits only so many. */
const ENDS_AT_ONCE = 500

/**
 * Ticks by the names of their schedules, each begun by one of those who ask. When they are is the callers' affair, who
 * have the expressions and the time zones: here they are instants, of which one that lies in the past of the log, and
 * after the last one that was begun, can be begun. Each change is an event `{state, tick}` with the name as its
 * topic: `running`, `done`, `failed`, or `free` when a runner has died and the tick may be begun anew.
 */
export class Schedule {
  static readonly frees = ['renew', 'done', 'fail', 'forget', 'demand']
  static readonly [PARAMETERS] = {
    begin: ['name', 'tick', 'options'],
    renew: ['name', 'token'],
    done: ['name', 'token'],
    fail: ['name', 'token', 'message'],
    forget: ['name'],
    demand: ['name', 'token'],
    state: ['name'],
  }

  readonly #schedules = new TimedMap<Ticking>(({ endsAt }) => endsAt)

  /** One that was begun is begun again by nobody, unless its runner dies. */
  @command begin(name: string, tick: number, options?: TickOptions): BegunTick {
    const signature = 'begin(name, tick, options)'
    const key = readName(name, signature)
    const instant = readWhole(tick, 0, Number.MAX_SAFE_INTEGER, `${signature}: tick`)
    const asked = readOptions(options, signature)
    const { index, now } = commandContext()
    const before = this.#schedules.get(key) ?? this.#another(now)
    if (before.state === 'running') return { now, last: before.last, isRunning: true }
    if (instant <= before.last || instant > now) {
      this.#put(key, { ...before, endsAt: now + SCHEDULE_LIMITS.keptMs })
      return { now, last: before.last, isRunning: false }
    }
    const [since, endsAt] = [before.last, now + asked.ttlMs]
    const begun = { state: 'running', last: instant, since, token: index, endsAt, ...asked } as const
    this.#change(key, begun, 'running', instant)
    return { now, tick: instant, since, token: index }
  }

  /** Whether it is this runner's still. */
  @command renew(name: string, token: number): boolean {
    const running = this.#running(name, token, 'renew(name, token)')
    if (running === undefined) return false
    this.#put(name, { ...running, endsAt: commandContext().now + running.ttlMs })
    return true
  }

  /** Whether it was this runner's still; else nothing has changed. */
  @command done(name: string, token: number): boolean {
    const running = this.#running(name, token, 'done(name, token)')
    if (running !== undefined) this.#rest(name, running, 'done', null)
    return running !== undefined
  }

  /** The same for a tick that ends otherwise: it is not begun again. */
  @command fail(name: string, token: number, message: string): boolean {
    const signature = 'fail(name, token, message)'
    if (typeof message !== 'string') throw new InvalidParamsError(`${signature}: message must be a text`)
    const running = this.#running(name, token, signature)
    if (running !== undefined)
      this.#rest(name, running, 'failed', message.slice(0, SCHEDULE_LIMITS.messageLength))
    return running !== undefined
  }

  /** Whether it was known. Whoever asks for it next asks for the first time. */
  @command forget(name: string): boolean {
    const key = readName(name, 'forget(name)')
    return this.#schedules.delete(key)
  }

  /** For an atomic entry: @throws StaleTokenError unless the tick that runs was begun by that token */
  @command demand(name: string, token: number): void {
    if (this.#running(name, token, 'demand(name, token)') !== undefined) return
    throw new StaleTokenError(`the token ${token} for the schedule ${JSON.stringify(name)} is stale`)
  }

  /** Null: nobody has asked for it. */
  @query state(name: string): LastTick | null {
    const ticking = this.#schedules.get(readName(name, 'state(name)'))
    if (ticking === undefined) return null
    const { state, last } = ticking
    return { state, last, message: state === 'running' ? null : ticking.message }
  }

  nextExpiry(): number | undefined {
    return this.#schedules.nextEnd
  }

  /** A tick whose runner is silent may be begun anew; what nobody asks for is known no longer. */
  expire(): boolean {
    const { now } = commandContext()
    for (let left = ENDS_AT_ONCE; left > 0; left--) {
      const over = this.#schedules.takeOver(now)
      if (over === undefined) return false
      const [name, ticking] = over
      if (ticking.state !== 'running') this.#schedules.delete(name)
      else if (ticking.atMostOnce) this.#rest(name, ticking, 'failed', SILENT)
      else this.#free(name, ticking)
    }
    return true
  }

  attempt(run: () => void): void {
    this.#schedules.attempt(run)
  }

  /** Of each schedule `[name, state, last, endsAt, …]`, in the end a list of what is running, or why it has failed. */
  snapshot(): Iterable<Json> {
    return sliced(written(this.#schedules.capture()))
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) this.#put(...read(chunk))
  }

  /** Ticks before it was asked for are nobody's. */
  #another(now: number): Resting {
    if (this.#schedules.size >= SCHEDULE_LIMITS.schedules)
      throw new OverloadedError(`${SCHEDULE_LIMITS.schedules} schedules are known already: forget some`)
    return { state: 'waiting', last: now, message: null, endsAt: now + SCHEDULE_LIMITS.keptMs }
  }

  #running(name: string, token: number, signature: string): Running | undefined {
    const [key, wanted] = [readName(name, signature), readToken(token, signature)]
    const ticking = this.#schedules.get(key)
    return ticking?.state === 'running' && ticking.token === wanted ? ticking : undefined
  }

  #rest(name: string, { last }: Running, state: 'done' | 'failed', message: string | null): void {
    const endsAt = commandContext().now + SCHEDULE_LIMITS.keptMs
    this.#change(name, { state, last, message, endsAt }, state, last)
  }

  #free(name: string, { last, since }: Running): void {
    const endsAt = commandContext().now + SCHEDULE_LIMITS.keptMs
    this.#change(name, { state: 'waiting', last: since, message: null, endsAt }, 'free', last)
  }

  #change(name: string, ticking: Ticking, state: string, tick: number): void {
    commandContext().emit(name, { state, tick })
    this.#put(name, ticking)
  }

  #put(name: string, ticking: Ticking): void {
    this.#schedules.set(name, ticking)
  }
}

function readOptions(options: unknown, signature: string): Required<TickOptions> {
  const { ttlMs, atMostOnce, ...others } = { ...BY_DEFAULT, ...membersOf(options ?? {}) }
  demandKnown(options, others, `${signature}: options are {ttlMs, atMostOnce}`)
  const isAtMostOnce = readFlag(atMostOnce, `${signature}: atMostOnce`)
  return { ttlMs: readTtl(ttlMs, signature), atMostOnce: isAtMostOnce }
}

function* written(schedules: Iterable<readonly [string, Ticking]>): Generator<Json> {
  for (const [name, ticking] of schedules) {
    const { state, last, endsAt } = ticking
    yield [name, state, last, endsAt, ticking.state === 'running' ? runningAsJson(ticking) : ticking.message]
  }
}

function runningAsJson({ since, token, ttlMs, atMostOnce }: Running): Json {
  return [since, token, ttlMs, atMostOnce]
}

function read(chunk: Json): readonly [string, Ticking] {
  const [name, state, last, endsAt, more = null] = isList(chunk) ? chunk : []
  if (typeof name !== 'string' || !isWhole(last) || !isWhole(endsAt)) throw strange()
  if (state === 'running') return [name, { state, last, endsAt, ...readRunning(more) }]
  if (state !== 'waiting' && state !== 'done' && state !== 'failed') throw strange()
  if (more !== null && typeof more !== 'string') throw strange()
  return [name, { state, last, message: more, endsAt }]
}

function readRunning(json: Json) {
  const [since, token, ttlMs, atMostOnce] = isList(json) ? json : []
  if (!isWhole(since) || !isWhole(token) || !isWhole(ttlMs) || typeof atMostOnce !== 'boolean')
    throw strange()
  return { since, token, ttlMs, atMostOnce }
}

const strange = (): Error => new Error('a snapshot of schedule holds what is no schedule')
