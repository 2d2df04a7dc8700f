/**
 * What the other end of a connection has handed over, as it can be used here: functions, objects and
 * streams that stand for those at the other end. Whoever has no use for one any more disposes of it, or
 * forgets it: the other end is told, and lets go of it too.
 */
import { isList, type Json } from '../../json.js'
import { unheeded } from '../../promised.js'
import { UnreadableValueError } from '../../values/unsuitable.js'
import { checkCallOptions, type CallOptions } from '../proxies/call-options.js'
import { methodsIn } from '../proxies/described-methods.js'
import { MethodNotFoundError, OverloadedError, UnreachableError } from '../errors.js'
import { EXPORTS_MAX } from './exports.js'
import { metOutside } from '../met-outside.js'
import { noSuchMethod } from '../no-such-method.js'
import { ImportedStream, RemoteStream } from './imported-stream.js'
import { createProxy } from '../proxies/proxy.js'
import { isExportId } from '../export-ids.js'
import type { ExportId } from '../export-ids.js'

type Call = (method: string, params: readonly unknown[], options?: CallOptions) => Promise<unknown>

export interface ImportsOptions {
  readonly call: Call
  /** Of a stream, for which nothing else is said. */
  readonly next: (method: string, params: readonly unknown[], timeoutMs: number) => Promise<unknown>
  readonly notify: (method: string, params: readonly Json[]) => void
  /** So many bytes more of items of streams wait to be read. */
  readonly holds: (bytes: number) => void
}

interface Import {
  readonly id: ExportId
  /** How often it came. */
  times: number
  readonly stub: WeakRef<object>
  isReleased: boolean
}

/** Of an object that is handed over; it may have more, which are called all the same. */
const METHODS_KEPT = 1_000

/**
 * A stream may have nothing to say for as long as it likes: the connection tells whether
 * somebody is there. Milliseconds.
 */
const STREAM_PATIENCE_MS = 2_147_483_647

const stubs = new WeakSet<object>()

/** Whether it came over some connection. */
export function isStub(value: object): boolean {
  return stubs.has(value)
}

export class Imports {
  readonly #options: ImportsOptions
  readonly #byId = new Map<ExportId, Import>()
  readonly #idOf = new WeakMap<object, ExportId>()
  readonly #collected = new FinalizationRegistry<Import>((each) => this.#release(each))
  /** What the other end is to be told in this turn. */
  #released: Json[] = []

  constructor(options: ImportsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#byId.size
  }

  /** The id of what came over this connection; undefined for anything else. */
  idOf(value: object): ExportId | undefined {
    return this.#idOf.get(value)
  }

  /**
   * What the tag's content stands for, and its id; the same again stands for the same. `isGiven`: as an argument.
   * @throws UnreadableValueError, OverloadedError
   */
  meet(of: Json, isGiven: boolean): readonly [object, ExportId] {
    const [id, kind, methods] = isList(of) ? of : []
    if (!isExportId(id)) throw new UnreadableValueError('an export without an id such as $1')
    const known = this.#byId.get(id)
    const stub = known?.stub.deref()
    if (known !== undefined && stub !== undefined) {
      known.times += 1
      return [stub, id]
    }
    if (known === undefined && this.#byId.size >= EXPORTS_MAX)
      throw new OverloadedError(
        `a connection brings at most ${EXPORTS_MAX} functions, objects and streams at a time`,
      )
    return [this.#make(id, kind, methods, isGiven), id]
  }

  /** It came once less: the other end has it back. */
  leave(id: ExportId): void {
    const each = this.#byId.get(id)
    if (each === undefined) return
    each.times -= 1
    if (each.times <= 0) this.#release(each, true)
  }

  /** They have come, each once for its place among them, and are not kept. */
  decline(ids: readonly ExportId[]): void {
    for (const id of ids) this.#tellOf(id, 1)
  }

  #make(id: ExportId, kind: Json | undefined, methods: Json | undefined, isGiven: boolean): object {
    const made: { it?: Import } = {}
    const release = (isTold = false): void => {
      if (made.it !== undefined) this.#release(made.it, isTold)
    }
    const call: Call = (method, params, options) => {
      const outcome =
        made.it?.isReleased === true
          ? Promise.reject(released(id, method))
          : this.#options.call(`${id}.${method}`, params, options)
      return isGiven ? unheeded(outcome) : outcome
    }
    const stub = this.#stubOf(id, kind, methods, call, release)
    const each = { id, times: 1, stub: new WeakRef(stub), isReleased: false }
    made.it = each
    this.#byId.set(id, each)
    this.#idOf.set(stub, id)
    stubs.add(stub)
    this.#collected.register(stub, each)
    return stub
  }

  #stubOf(
    id: ExportId,
    kind: Json | undefined,
    methods: Json | undefined,
    call: Call,
    release: (isTold?: boolean) => void,
  ): object {
    switch (kind) {
      case 'function': {
        const stub = (...params: readonly unknown[]): Promise<unknown> => call('call', params)
        return Object.assign(stub, {
          with: (options: CallOptions) => {
            checkCallOptions(`${id}.with`, options)
            return (...params: readonly unknown[]) => call('call', params, options)
          },
          [Symbol.dispose]: () => release(),
        })
      }
      case 'object': {
        const known = methodsIn(isList(methods) ? methods.slice(0, METHODS_KEPT) : [])
        const called: Call = (method, params, options) =>
          known.has(method) || known.size === METHODS_KEPT
            ? call(method, params, options)
            : Promise.reject(unknownMethod(id, method, [...known.keys()]))
        return createProxy(called, { name: id, methods: () => known, dispose: () => release() })
      }
      case 'stream':
        return new RemoteStream(this.#streamOf(id, release))
      default:
        throw new UnreadableValueError(
          `an export, ${id}, that is neither a function nor an object nor a stream`,
        )
    }
  }

  #streamOf(id: ExportId, release: (isTold: boolean) => void): ImportedStream {
    return new ImportedStream({
      name: `the stream ${id}`,
      next: (max) => this.#options.next(`${id}.next`, [max], STREAM_PATIENCE_MS),
      over: release,
      holds: this.#options.holds,
    })
  }

  /** `isTold`: the other end has let go of it already. */
  #release(each: Import, isTold = false): void {
    if (each.isReleased) return
    each.isReleased = true
    if (this.#byId.get(each.id) === each) this.#byId.delete(each.id)
    if (!isTold) this.#tellOf(each.id, each.times)
  }

  #tellOf(id: ExportId, times: number): void {
    if (this.#released.push([id, times]) === 1) void Promise.resolve().then(() => this.#tell())
  }

  /** Those that one sweep has found go in one message. */
  #tell(): void {
    const released = this.#released
    this.#released = []
    this.#options.notify('daemon.release', [released])
  }
}

function unknownMethod(id: ExportId, method: string, names: readonly string[]): MethodNotFoundError {
  const error = new MethodNotFoundError(`${noSuchMethod(id, method, names)}; the call was not sent`)
  metOutside(error)
  return error
}

function released(id: ExportId, method: string): UnreachableError {
  const error = new UnreachableError(`${id}.${method}: not sent, as it was released here: ask for it anew`)
  metOutside(error)
  return error
}
