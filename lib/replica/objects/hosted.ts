/** One replicated object of a replica: its methods, and its snapshot. */
import { isJsonNumber, parseJson, shortJson, type Json } from '../../json.js'
import type { Logger, Watchdog } from '../../ports.js'
import { isCarried, whyNotCarried } from '../../values/carried.js'
import { RemoteError, type RollcallError } from '../../rpc/errors.js'
import { thrownData, UNDESCRIBED } from '../../rpc/thrown.js'
import { isSound } from '../../rpc/wire-error.js'
import { CommonGround, methods, prepareCommonGround } from './common-ground.js'
import { hooksOf } from './hooks.js'
import type { Hooks } from './hooks.js'
import { instantiate } from './marks.js'
import type { Marks, ReplicatedSource } from './marks.js'
import { EXPIRE } from './own-names.js'
import { UnsuitableBuildError } from '../guards/unsuitable-build.js'

/** What a command came to: the same on every replica. */
export type CommandResult = Brought | { readonly error: RollcallError }

interface Brought {
  readonly value: Json
  /** As JSON, once somebody has asked for it. */
  text?: string | undefined
}

/** The value as JSON, written once for all. */
export function jsonOf(brought: Brought): string {
  return (brought.text ??= shortJson(brought.value) ?? JSON.stringify(brought.value))
}

const NOTHING: Brought = { value: null, text: 'null' }

interface Enrolled {
  /** `kv.set` */
  readonly shown: string
  readonly run: (...args: unknown[]) => unknown
  /** The watchdog's. */
  readonly number: number
}

const NO_METHOD: Enrolled = { shown: '', run: () => undefined, number: 0 }

/** Whether somebody could reach the common ground with a key that stands in the value, or in the text of one. */
export function leadsToCommonGround(value: Json): boolean {
  if (typeof value === 'string') return value.includes('constructor')
  return typeof value === 'object' && JSON.stringify(value).includes('constructor')
}

export class HostedObject {
  readonly marks: Marks
  /** To look at: only its commands may change it. */
  readonly instance: object
  /** The version of its class. */
  readonly version: number
  /** Whether something in it may end by itself: then `expire` is a command, which no caller has. */
  readonly expires: boolean
  /** Whether it may have changed since it was made: a command has run, or a snapshot was restored. */
  isUsed = false
  readonly #hooks: Hooks
  /** What `nextExpiry` said last. */
  #due: unknown
  readonly #commonGround: CommonGround
  readonly #methods: ReadonlyMap<string, Enrolled>

  /** Throws an `UnsuitableClassError` for a class that can't be replicated. */
  constructor(
    private readonly name: string,
    source: ReplicatedSource,
    private readonly logger: Logger,
    private readonly watchdog: Watchdog = NOBODY,
  ) {
    prepareCommonGround()
    const { instance, marks } = instantiate(source)
    this.#commonGround = new CommonGround(instance)
    this.marks = marks
    this.instance = instance
    this.#hooks = hooksOf(instance, marks.className, (method) => marks.methods.has(method))
    this.version = this.#hooks.version
    const { expiry } = this.#hooks
    this.expires = expiry !== undefined
    const own = expiry === undefined ? [] : [[EXPIRE, { run: expiry.expire }] as const]
    this.#methods = new Map(
      [...marks.methods, ...own].map(([each, { run }]) => {
        const shown = `${name}.${each}`
        return [each, { shown, run, number: watchdog.enrol(shown) }]
      }),
    )
  }

  /** Those that can be in the log. */
  get commands(): ReadonlySet<string> {
    const names = [...this.marks.methods].flatMap(([name, { kind }]) => (kind === 'command' ? [name] : []))
    return new Set(this.expires ? [...names, EXPIRE] : names)
  }

  /** The log time at which `expire` is due; undefined: it is not. @throws what the class throws */
  get nextExpiry(): number | undefined {
    const next = this.#hooks.expiry?.next()
    if (next === undefined || next === null || next === Infinity) return undefined
    if (typeof next === 'number' && !Number.isNaN(next)) return next
    throw new TypeError(
      `${this.marks.className}.nextExpiry() must return a number of milliseconds, or undefined`,
    )
  }

  /** Whether `expire` is due at another time than when this was asked last, or nobody can say. */
  expiryHasMoved(): boolean {
    const { expiry } = this.#hooks
    const before = this.#due
    try {
      this.#due = expiry?.next()
    } catch {
      // Whoever looks when it is due is told why.
      return true
    }
    return this.#due !== before
  }

  /** As in Hooks. */
  get attempt(): Hooks['attempt'] {
    return this.#hooks.attempt
  }

  /** As `run`, of a method that could reach the common ground. */
  runWatched(method: string, params: readonly Json[], index = 0): CommandResult {
    this.#commonGround.remember()
    const result = this.run(method, params, index)
    const error = this.#commonGround.putBack()
    return error === undefined ? result : { error }
  }

  /**
   * Runs a method that is there, for the command at `index` or, with 0, for a query. A method's error is its result.
   */
  run(method: string, params: readonly Json[], index = 0): CommandResult {
    const { shown, run, number } = this.#methods.get(method) ?? NO_METHOD
    if (index > 0) this.isUsed = true
    this.watchdog.started(number, index)
    methods.running += 1
    try {
      return plain(run(...params), shown)
    } catch (error) {
      const { told, stack } = describedThrown(error)
      this.logger.debug(`${shown} threw`, { stack })
      return { error: told }
    } finally {
      methods.running -= 1
      this.watchdog.ended()
    }
  }

  /** The chunks of a snapshot, to be pulled at once unless they are `Sliced`. */
  capture(): Iterable<Json> {
    return this.#hooks.snapshot()
  }

  /** Puts this object, which is new, into the state of a snapshot that version `from` of its class took. */
  async restore(chunks: AsyncIterable<Json>, from: number): Promise<void> {
    this.isUsed = true
    const { version, upgrade } = this.#hooks
    const story = `the snapshot of ${this.name} is of version ${from} of ${this.marks.className}, and here is version ${version}`
    if (from > version) throw new UnsuitableBuildError(`${story}: start this member with the newer class`)
    if (from === version) await this.#hooks.restore(chunks)
    else if (upgrade !== undefined) await upgrade(chunks, from)
    else
      throw new UnsuitableBuildError(`${story}: give the class a method upgrade(chunks, from) that reads it`)
  }
}

/** Methods may run for as long as they like. */
const NOBODY: Watchdog = { enrol: () => 0, started: () => undefined, ended: () => undefined }

/**
 * A copy made of JSON alone, so that nothing the object does later shows in a result. Throws for what JSON can't carry.
 */
function plain(value: unknown, method: string): Brought {
  if (value === undefined || value === null) return NOTHING
  if (typeof value === 'string' || typeof value === 'boolean' || isJsonNumber(value))
    return { value, text: undefined }
  if (value instanceof Promise) {
    value.catch(() => undefined)
    throw new TypeError('the method must be synchronous, but returned a promise')
  }
  if (!isCarried(value, 'left out'))
    throw new TypeError(`${method}: ${whyNotCarried(value, 'the result', 'left out')}`)
  const text = JSON.stringify(value)
  return { value: parseJson(text), text }
}

export interface DescribedThrown {
  readonly told: RollcallError
  /** Where in the source it was thrown differs from one replica to the next, and is not told. */
  readonly stack: string | undefined
}

/**
 * Whatever was thrown: it may throw again when it is looked at, as a proxy that was revoked does at the first question.
 */
export function describedThrown(thrown: unknown): DescribedThrown {
  try {
    if (isSound(thrown)) return { told: thrown, stack: thrown.stack }
    const data = thrownData(thrown, false)
    if (!(thrown instanceof Error))
      return { told: new RemoteError({ ...data, name: 'Error' }), stack: undefined }
    return { told: new RemoteError(data), stack: thrown.stack }
  } catch {
    return { told: new RemoteError({ name: 'Error', message: UNDESCRIBED }), stack: undefined }
  }
}
