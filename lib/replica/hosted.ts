/** The replicated objects of one replica: applies committed commands to them, and runs queries on them. */
import type { Json } from '../json.js'
import type { Logger } from '../ports.js'
import type { CommandEntry } from '../raft/types.js'
import { RemoteError, RollcallError } from '../rpc/errors.js'
import { decodeCommand } from './command-text.js'
import { seededRandom, withCommandContext } from './context.js'
import { Emissions } from './emissions.js'
import { EventHistory } from './events.js'
import type { LogTime } from './log-time.js'
import { instantiate } from './marks.js'
import type { Marks, ReplicatedSource } from './marks.js'

/** What a command came to: the same on every replica. */
export type CommandResult = { readonly value: Json } | { readonly error: RollcallError }

export class HostedObjects {
  /** What commands have emitted of late. */
  readonly events = new EventHistory()
  readonly #objects = new Map<string, Marks>()

  /** Throws an `UnsuitableClassError` for a class that can't be replicated. */
  constructor(
    sources: ReadonlyMap<string, ReplicatedSource>,
    private readonly time: LogTime,
    private readonly logger: Logger,
  ) {
    for (const [name, source] of sources) this.#objects.set(name, instantiate(source).marks)
  }

  get marks(): ReadonlyMap<string, Marks> {
    return this.#objects
  }

  /**
   * Runs a committed command to its end; `recent` unless the entry was there when this replica started.
   * Throws when this replica can't run it at all, and then must not go on: the others have run it.
   */
  apply(entry: CommandEntry, recent: boolean): CommandResult {
    const { object, method, params, time, seed } = decodeCommand(entry.data)
    const found = this.#objects.get(object)?.methods.get(method)
    if (found?.kind !== 'command') {
      throw new Error(
        `entry ${entry.index} of the log is ${object}.${method}, which is no command of an object here: ` +
          `this member must be started with the same classes as the others`,
      )
    }
    const now = this.time.advance(time, recent)
    const emissions = new Emissions(object)
    const emit = emissions.emit.bind(emissions)
    const context = { index: entry.index, term: entry.term, now, random: seededRandom(seed), emit }
    const result = this.#run(object, method, () => withCommandContext(context, () => found.run(...params)))
    if (!('error' in result)) this.events.record(entry.index, emissions.events)
    return result
  }

  /** Runs a query now; throws its error. */
  query(object: string, method: string, params: readonly Json[]): Json {
    const found = this.#objects.get(object)?.methods.get(method)
    if (found?.kind !== 'query') throw new Error(`${object}.${method} is no query`)
    const result = this.#run(object, method, () => found.run(...params))
    if ('error' in result) throw result.error
    return result.value
  }

  #run(object: string, method: string, run: () => unknown): CommandResult {
    try {
      return { value: plain(run()) }
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined
      this.logger.debug(`${object}.${method} threw`, { stack })
      return { error: error instanceof RollcallError ? error : new RemoteError(told(error)) }
    }
  }
}

/** A copy made of JSON alone, so that nothing the object does later shows in a result. Throws for what JSON can't carry. */
function plain(value: unknown): Json {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof Promise) {
    value.catch(() => undefined)
    throw new TypeError('the method must be synchronous, but returned a promise')
  }
  const text: unknown = JSON.stringify(value)
  if (typeof text !== 'string') throw new TypeError(`the result is a ${typeof value}, which JSON can't carry`)
  return JSON.parse(text) as Json
}

/** Name and message only: where in the source it was thrown differs from one replica to the next. */
function told(error: unknown): { name: string; message: string } {
  try {
    if (error instanceof Error) return { name: error.name, message: error.message }
    return { name: 'Error', message: String(error) }
  } catch {
    return { name: 'Error', message: 'an error that can not be described' }
  }
}
