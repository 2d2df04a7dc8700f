/**
 * What this end of a connection has handed to the other one: functions, objects and streams. Each has an id
 * that is never used again, under which the other end calls it as long as it has not let go of it as often
 * as it was handed over. All of it ends with the connection.
 */
import { isList, type Json, type JsonObject } from '../../json.js'
import type { Clock } from '../../ports.js'
import { promised } from '../../promised.js'
import { UnreadableValueError } from '../../values/unsuitable.js'
import { OverloadedError, UnreachableError } from '../errors.js'
import { ExportedStream } from './exported-stream.js'
import type { ExposedMethod, ExposedObject } from '../exposed.js'
import { exportTag, isExportId } from '../export-ids.js'
import type { ExportId } from '../export-ids.js'
import { isStream } from './stream-source.js'
import type { Tag } from '../../values/tags.js'

/** At a time; of one connection, either way. */
export const EXPORTS_MAX = 10_000
/** What one is taken to hold, beside what it is. */
const EXPORT_BYTES = 1024

/**
 * How an object, or a function (by `call`), can be called. Undefined: its class has not said so, and it can't; a
 * function runs as it is.
 */
export type ExposedOf = (value: object) => ExposedObject | undefined

/** Where nothing is known of marks. */
export const nothingExposed: ExposedOf = () => undefined

/** Whether it is something that the other end of a connection can call, or read. */
export function canBeHandedOver(value: object, exposedOf: ExposedOf): boolean {
  return isFunction(value) || exposedOf(value) !== undefined || isStream(value)
}

interface Export {
  readonly id: ExportId
  readonly value: object
  readonly tag: Tag
  readonly methods: ReadonlyMap<string, ExposedMethod>
  /** How often it was handed over and not let go of. */
  times: number
  /** Of a stream. */
  readonly stream?: ExportedStream
}

export interface ExportsOptions {
  readonly clock: Clock
  readonly exposedOf: ExposedOf
  /** As of an exported stream. */
  readonly writtenItem: (item: unknown) => unknown
  /** More streams are asked for what they do not have yet, or fewer. */
  readonly waits: () => void
  /** It may hold more than before. */
  readonly grown: () => void
}

export class Exports {
  /** Streams that are asked for items they do not have yet. */
  waiting = 0
  /** Streams that have not ended. */
  streams = 0
  readonly #options: ExportsOptions
  readonly #byId = new Map<string, Export>()
  readonly #byValue = new Map<object, Export>()
  #lastId = 0
  /** In items of streams that wait to be asked for. */
  #itemBytes = 0
  #isOver = false

  constructor(options: ExportsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#byId.size
  }

  get heldBytes(): number {
    return this.#byId.size * EXPORT_BYTES + this.#itemBytes
  }

  /**
   * Under which id, and by which tag, the other end gets at the value; undefined: it is nothing that can be called.
   * @throws OverloadedError
   */
  handOver(value: object): readonly [ExportId, Tag] | undefined {
    const known = this.#byValue.get(value) ?? this.#begin(value)
    if (known === undefined) return undefined
    known.times += 1
    return [known.id, known.tag]
  }

  /** What the other end gives back. @throws UnreadableValueError */
  given(id: Json): object {
    const known = typeof id === 'string' ? this.#byId.get(id) : undefined
    if (known !== undefined) return known.value
    throw new UnreadableValueError(`${shown(id)} of this process, which was released`)
  }

  /** The method that `$3.call` names. */
  find(name: string): ExposedMethod | undefined {
    const dot = name.indexOf('.')
    return this.#byId.get(name.slice(0, dot))?.methods.get(name.slice(dot + 1))
  }

  /** As a list of ids, or of `[id, times]`. What it does not know is left out: it may have ended meanwhile. */
  release(ids: Json | undefined): void {
    for (const each of isList(ids) ? ids : []) {
      const [id, times = 1] = isList(each) ? each : [each]
      const known = typeof id === 'string' ? this.#byId.get(id) : undefined
      if (known !== undefined && typeof times === 'number' && times > 0) this.#letGo(known, times)
    }
  }

  /** The connection is over. */
  end(): void {
    this.#isOver = true
    for (const each of [...this.#byId.values()]) this.#forget(each)
  }

  #letGo(known: Export, times: number): void {
    known.times -= times
    if (known.times <= 0) this.#forget(known)
  }

  #begin(value: object): Export | undefined {
    const id: ExportId = `$${this.#lastId + 1}`
    const begun = this.#exportOf(value, id)
    if (begun === undefined) return undefined
    if (this.#isOver)
      throw new UnreachableError(
        'this connection has ended, at the other side at least: nothing is handed over on it',
      )
    if (this.#byId.size >= EXPORTS_MAX) throw tooMany()
    this.#lastId += 1
    this.#byId.set(id, begun)
    if (begun.stream !== undefined) this.streams += 1
    this.#byValue.set(value, begun)
    this.#options.grown()
    return begun
  }

  #exportOf(value: object, id: ExportId): Export | undefined {
    const exposed = this.#options.exposedOf(value)
    if (isFunction(value)) {
      const methods = exposed?.methods ?? new Map([['call', methodOf(value)]])
      return { id, value, tag: exportTag(id, 'function'), times: 0, methods }
    }
    if (exposed !== undefined) {
      const { methods } = exposed
      return { id, value, tag: exportTag(id, 'object', toldOf(methods)), times: 0, methods }
    }
    return isStream(value) ? this.#streamOf(value, id) : undefined
  }

  #streamOf(value: object, id: ExportId): Export {
    const stream = new ExportedStream(value, {
      clock: this.#options.clock,
      writtenItem: this.#options.writtenItem,
      waits: (isWaiting) => {
        this.waiting += isWaiting ? 1 : -1
        this.#options.waits()
      },
      holds: (bytes) => {
        this.#itemBytes += bytes
        if (bytes > 0) this.#options.grown()
      },
      over: () => this.#drop(id),
    })
    return { id, value, tag: exportTag(id, 'stream'), times: 0, methods: stream.methods, stream }
  }

  #forget(known: Export): void {
    this.#drop(known.id)
    known.stream?.end()
  }

  #drop(id: ExportId): void {
    const known = this.#byId.get(id)
    if (known === undefined) return
    this.#byId.delete(id)
    if (known.stream !== undefined) this.streams -= 1
    this.#byValue.delete(known.value)
  }
}

type AnyFunction = (...params: readonly unknown[]) => unknown

function isFunction(value: object): value is AnyFunction {
  return typeof value === 'function'
}

function methodOf(value: AnyFunction): ExposedMethod {
  const handler = (params: readonly unknown[]): unknown => promised(value(...params))
  return { kind: 'plain', handler, ofValues: handler }
}

/** As {@link MethodDescription}, of methods that are all plain and take values of all kinds. */
function toldOf(methods: ReadonlyMap<string, ExposedMethod>): readonly JsonObject[] {
  return [...methods].map(([name, { form, params }]) => ({
    name,
    ...(form !== undefined && { form }),
    ...(params !== undefined && { params }),
  }))
}

function tooMany(): OverloadedError {
  const sentence = `one end of a connection hands over at most ${EXPORTS_MAX} functions, objects and streams at a time`
  return new OverloadedError(`${sentence}: not sent; let go of some first, or use another connection`)
}

function shown(id: Json): string {
  return isExportId(id) ? id : 'something'
}
