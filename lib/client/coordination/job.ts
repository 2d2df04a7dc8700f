/** A job as one of those who ask for it sees it: run here, or waited for until it has ended elsewhere. */
import { isWhole, membersOf, parseJson, type Json } from '../../json.js'
import { InternalError } from '../../rpc/errors.js'
import type { CallOptions } from '../../rpc/proxies/call-options.js'
import type { Signal } from '../../rpc/signal.js'
import { isCarried, whyNotCarried } from '../../values/carried.js'
import { HeldTurn } from './held-turn.js'
import { JobFailedError } from './job-failed.js'
import type { CoordinationPorts, Held } from './ports.js'
import { Told } from './told.js'
import type { Holds } from './turns.js'

export interface JobOptions {
  readonly ttlMs: number
  readonly keepMs: number
  readonly atMostOnce: boolean
}

export type Task = (held: Held) => unknown

const OBJECT = 'once'

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
    const first = await this.#begin(task, signal)
    if (first !== undefined) return first.result
    const told = new Told(this.#ports, [OBJECT, this.#name], () => true, signal)
    try {
      await told.begin()
      for (;;) {
        const ended = await this.#begin(task, signal)
        if (ended !== undefined) return ended.result
        await told.rest(this.#options.ttlMs, `the job ${JSON.stringify(this.#name)}`)
      }
    } finally {
      await told.end()
    }
  }

  /** Undefined: another one runs it. */
  async #begin(task: Task, signal: Signal | undefined): Promise<{ readonly result: Json } | undefined> {
    const askedAt = this.#ports.clock.now()
    const params = [this.#name, this.#id, { ...this.#options }]
    const answer = await this.#ports.call(OBJECT, 'begin', params, signal && { signal })
    const { done, failed, token, running } = membersOf(answer)
    if (done !== undefined) return { result: done }
    if (typeof failed === 'string')
      throw new JobFailedError(
        `the job ${JSON.stringify(this.#name)} has failed, and is run at most once: ${failed}`,
      )
    if (isWhole(token)) return this.#runHere(task, token, askedAt)
    if (running === true) return undefined
    throw new InternalError('once.begin answered, but not as a member does')
  }

  /** Undefined: it took so long to hear of its end that another one runs it by now. */
  async #runHere(task: Task, token: number, askedAt: number): Promise<{ readonly result: Json } | undefined> {
    const held = this.#held(token, askedAt)
    try {
      const result = await this.#resultOf(task, held)
      return (await this.#tell('finish', token, result)) ? { result } : undefined
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

  #held(token: number, askedAt: number): HeldTurn {
    const { ttlMs } = this.#options
    const calls = {
      what: `the job ${JSON.stringify(this.#name)}`,
      renew: async (id: string, call?: CallOptions) => {
        const answer = await this.#ports.call(OBJECT, 'renew', [this.#name, id], call)
        const { token: now } = membersOf(answer)
        return isWhole(now) ? { token: now } : null
      },
      // How it has ended is told before.
      release: () => Promise.resolve(),
    }
    const [ports, id] = [this.#ports, this.#id]
    const ended = (): void => this.#holds.ended(held)
    const held: HeldTurn = new HeldTurn({ ports, calls, id, token, ttlMs, askedAt, ended })
    this.#holds.add(held)
    return held
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
