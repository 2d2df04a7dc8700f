/** Commands that are executed as one: collected one by one, and sent as one command when all are there. */
import { isList, parseJson, type Json } from '../json.js'
import type { Clock } from '../ports.js'
import { CALL_TIMEOUT_MS } from '../rpc/calling/call.js'
import type { Caller, CallerCallOptions, Located, Target } from '../rpc/calling/caller.js'
import { InternalError, InvalidParamsError } from '../rpc/errors.js'
import { writtenParams } from '../rpc/messages/request.js'
import { nameOf, type CollectedCall } from './batch.js'

/** As `lib/replica` has it: an object that each member has beside those that it replicates. */
const ATOMIC_OBJECT = 'atomic'

interface Command {
  readonly target: Target
  readonly name: string
  readonly method: string
  readonly params: Json
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

export class AtomicEntry {
  readonly #caller: Pick<Caller, 'locate' | 'callBeside'>
  readonly #clock: Pick<Clock, 'now'>
  readonly #commands: Command[] = []
  /** What is no command of it: then nothing is sent. */
  #refusal: unknown

  constructor(caller: Pick<Caller, 'locate' | 'callBeside'>, clock: Pick<Clock, 'now'>) {
    this.#caller = caller
    this.#clock = clock
  }

  /** @throws InvalidParamsError */
  readonly add = (call: CollectedCall): Promise<unknown> => {
    try {
      return this.#take(call)
    } catch (error) {
      this.#refusal ??= error
      throw error
    }
  }

  #take(call: CollectedCall): Promise<unknown> {
    const { object, method, params, options } = call
    const name = nameOf(call)
    if (options !== undefined) throw refused(name, 'options belong to the whole: atomic(commands, options)')
    const { text, whyTagged } = writtenParams(name, params)
    if (whyTagged !== undefined) throw refused(name, `${whyTagged} (a replicated object takes JSON alone)`)
    const given = { target: object.target, name, method, params: parseJson(text) }
    return new Promise((resolve, reject) => this.#commands.push({ ...given, resolve, reject }))
  }

  /** Rejects as a call does. */
  async send(options: CallerCallOptions): Promise<void> {
    try {
      if (this.#refusal instanceof Error) throw this.#refusal
      await this.#send(options)
    } catch (error) {
      for (const { reject } of this.#commands) reject(error)
      throw error
    }
  }

  async #send(options: CallerCallOptions): Promise<void> {
    const [first] = this.#commands
    if (first === undefined) return
    const { timeoutMs = CALL_TIMEOUT_MS } = options
    const deadline = this.#clock.now() + timeoutMs
    const places = await Promise.all(
      this.#commands.map(({ target, method }) => this.#caller.locate(target, method, options)),
    )
    const cluster = clusterOf(this.#commands, places)
    const calls = this.#commands.map(({ method, params }, at) => [places[at]?.objectId ?? '', method, params])
    const { target } = first
    const left = { ...options, timeoutMs: Math.max(0, deadline - this.#clock.now()) }
    const results = await this.#caller.callBeside(target, ATOMIC_OBJECT, cluster, 'run', [calls], left)
    if (!isList(results)) throw new InternalError('an atomic entry was executed, and its results are no list')
    this.#commands.forEach(({ resolve }, at) => resolve(results[at]))
  }
}

/** The one of all of them. @throws InvalidParamsError */
function clusterOf(commands: readonly Command[], places: readonly Located[]): string {
  const clusters = commands.map(({ name, method }, at) => {
    const { methods, cluster } = places[at]?.said ?? {}
    if (typeof cluster !== 'string') throw refused(name, 'its object is not replicated')
    if (methods?.get(method)?.kind === 'query')
      throw refused(name, 'it is a query, and an atomic entry has commands only')
    return cluster
  })
  const [first = ''] = clusters
  const other = commands[clusters.findIndex((each) => each !== first)]
  if (other === undefined) return first
  throw refused(other.name, `its object is of another cluster than that of ${commands[0]?.name ?? ''}`)
}

function refused(name: string, why: string): InvalidParamsError {
  return new InvalidParamsError(`${name}: ${why}; nothing was executed`)
}
