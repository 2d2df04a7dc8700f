/** A job as one of those who ask for it sees it: run here, or waited for until it has ended elsewhere. */
import { isWhole, membersOf, parseJson, type Json } from '../../json.js'
import { ms } from '../../ports.js'
import { InternalError } from '../../rpc/errors.js'
import type { CallOptions } from '../../rpc/proxies/call-options.js'
import type { Signal } from '../../rpc/signal.js'
import { isCarried, whyNotCarried } from '../../values/carried.js'
import { HeldTurn, isFinal } from './held-turn.js'
import { JobFailedError } from './job-failed.js'
import type { CoordinationPorts, Held } from './ports.js'
import { Told } from './told.js'
import type { Holds } from './holds.js'

export interface JobOptions {
  readonly ttlMs: number
  readonly keepMs: number
  readonly atMostOnce: boolean
}

export type Task = (held: Held) => unknown

const OBJECT = 'once'
/** A result that could not be told is told again after so long. */
const TOLD_AGAIN_MS = 1_000

/** What the cluster has answered, and when it was asked. */
interface Asked {
  readonly askedAt: number
  readonly answer: Json
}

type Ended = { readonly result: Json } | undefined

export class Job {
  readonly #ports: CoordinationPorts
  readonly #holds: Holds
  readonly #name: string
  readonly #options: JobOptions
  readonly #id: string

  constructor(ports: CoordinationPorts, holds: Holds, name: string, options: JobOptions) {
    this.#ports = ports
    this.#holds = holds
    this.#name = name
    this.#options = options
    this.#id = ports.random.identifier()
  }

  async run(task: Task, signal: Signal | undefined): Promise<Json> {
    const first = await this.#follow(await this.#ask(signal), task, signal)
    if (first !== undefined) return first.result
    const told = new Told(this.#ports, [OBJECT, this.#name], () => true, signal)
    try {
      await told.begin()
      for (;;) {
        const asked = await this.#askThrough(signal)
        const ended = asked && (await this.#follow(asked, task, signal))
        if (ended !== undefined) return ended.result
        await told.rest(this.#options.ttlMs, this.#what)
      }
    } finally {
      await told.end()
    }
  }

  get #what(): string {
    return `the job ${JSON.stringify(this.#name)}`
  }

  async #ask(signal: Signal | undefined): Promise<Asked> {
    const askedAt = this.#ports.clock.now()
    const params = [this.#name, this.#id, { ...this.#options }]
    return { askedAt, answer: await this.#ports.call(OBJECT, 'begin', params, signal && { signal }) }
  }

  /** Undefined: nobody can say now. Whoever has begun it has it still, but no longer than before: so it is renewed. */
  async #askThrough(signal: Signal | undefined): Promise<Asked | undefined> {
    try {
      const asked = await this.#ask(signal)
      if (membersOf(asked.answer)['token'] === undefined) return asked
      const askedAt = this.#ports.clock.now()
      const answer = await this.#renew(this.#id, signal && { signal })
      return answer === null ? undefined : { askedAt, answer }
    } catch (error) {
      if (isFinal(error) || signal?.aborted === true) throw error
      return undefined
    }
  }

  /** Undefined: another one runs it. */
  async #follow({ askedAt, answer }: Asked, task: Task, signal: Signal | undefined): Promise<Ended> {
    const { done, failed, token, running } = membersOf(answer)
    if (done !== undefined) return { result: done }
    if (typeof failed === 'string')
      throw new JobFailedError(`${this.#what} has failed, and is run at most once: ${failed}`)
    if (isWhole(token)) return this.#runHere(task, token, askedAt, signal)
    if (running === true) return undefined
    throw new InternalError('once.begin answered, but not as a member does')
  }

  /** Undefined: it took so long to hear that it is to be run, or to tell of its end, that another one may run it. */
  async #runHere(task: Task, token: number, askedAt: number, signal: Signal | undefined): Promise<Ended> {
    const held = this.#held(token, askedAt)
    try {
      // The answer came so late that another one may run it.
      if (held.signal.aborted) return undefined
      const result = await this.#resultOf(task, held)
      return (await this.#finish(token, result, signal)) ? { result } : undefined
    } finally {
      await held.release()
    }
  }

  async #resultOf(task: Task, { token, signal }: HeldTurn): Promise<Json> {
    try {
      return jsonOf((await task({ token, signal })) ?? null)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      // Nobody hears of it while nobody answers: then its runner counts as dead.
      await this.#tell('fail', token, message).catch(() => undefined)
      throw error
    }
  }

  /** Null: it is another one's, or has ended. */
  async #renew(runner: string, call?: CallOptions): Promise<{ readonly token: number } | null> {
    const { token } = membersOf(await this.#ports.call(OBJECT, 'renew', [this.#name, runner], call))
    return isWhole(token) ? { token } : null
  }

  #held(token: number, askedAt: number): HeldTurn {
    const { ttlMs } = this.#options
    const calls = {
      what: this.#what,
      renew: (runner: string, call?: CallOptions) => this.#renew(runner, call),
      // How it has ended is told before.
      release: () => Promise.resolve(),
    }
    const [ports, holds, id] = [this.#ports, this.#holds, this.#id]
    return new HeldTurn({ ports, holds, calls, id, token, ttlMs, askedAt })
  }

  /** However long nobody answers: it has run, and somebody may be waiting for its result. */
  async #finish(token: number, result: Json, signal: Signal | undefined): Promise<boolean> {
    for (;;) {
      try {
        return await this.#tell('finish', token, result)
      } catch (error) {
        if (isFinal(error) || signal?.aborted === true) throw error
        await new Promise<void>((resolve) => this.#ports.clock.after(ms(TOLD_AGAIN_MS), resolve))
      }
    }
  }

  async #tell(method: 'finish' | 'fail', token: number, outcome: Json): Promise<boolean> {
    return (await this.#ports.call(OBJECT, method, [this.#name, this.#id, token, outcome])) === true
  }
}

/** All who ask are given the same: what JSON would alter is refused. */
function jsonOf(result: unknown): Json {
  if (isCarried(result, 'left out')) return parseJson(JSON.stringify(result))
  throw new TypeError(`a job is to return JSON: ${whyNotCarried(result, 'its result', 'left out')}`)
}
