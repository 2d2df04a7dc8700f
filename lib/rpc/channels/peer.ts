/**
 * The other end of a lasting channel, as this end deals with it: what is asked of it, what is handed to it, and what it
 * has handed over. Nothing is kept for it before there is something.
 */
import type { Json } from '../../json.js'
import { ms } from '../../ports.js'
import type { Channel, Clock } from '../../ports.js'
import { Abortable, type Answered } from './abortable.js'
import { saidIn, type CallOptions } from '../proxies/call-options.js'
import { UnreachableError } from '../errors.js'
import type { NoAnswer, RollcallError } from '../errors.js'
import { Exports } from '../handing/exports.js'
import { nothingExposed, type ExposedOf } from '../handing/exports.js'
import type { CallMeta, ExposedMethod, ExposedObject, OtherEnd } from '../exposed.js'
import type { Followable } from '../handing/following.js'
import { Imports } from '../handing/imports.js'
import { metOutside } from '../met-outside.js'
import { Outgoing } from './outgoing.js'
import { Parcel } from '../handing/parcel.js'
import { writtenItem } from '../handing/unsent-parcel.js'
import type { Tables } from '../handing/parcel.js'
import type { Referred } from '../handing/references.js'
import { REPORTS_BYTES_MAX, reportText } from './reports.js'
import { plainText, requestText, trimmed, writtenParams } from '../messages/request.js'

export interface PeerOptions {
  readonly channel: Pick<Channel, 'send' | 'sendFrame' | 'bufferedBytes'>
  readonly clock: Clock
  /** For messages. */
  readonly name: string
  /** As in OutgoingOptions. */
  readonly callsMax?: number
  /** How an object can be called that is handed to the other end. Default: none can. */
  readonly exposedOf?: ExposedOf | undefined
  /** As in {@link Tables}. */
  readonly referred?: Referred | undefined
  readonly saidWith?: SaidWith | undefined
  /** The other end is a process of this machine. Default false. */
  readonly isLocal?: boolean | undefined
}

/**
 * What is said of a call of what the other end has handed over, where `own` was said of it. Default: no more than that.
 */
export type SaidWith = (own: CallOptions) => CallOptions

const CALL_TIMEOUT_MS = 10_000

export class Peer implements OtherEnd {
  readonly outgoing: Outgoing
  /** Told when more may be held for the other end than before. */
  grown: (() => void) | undefined
  readonly #options: PeerOptions
  #tables: Tables | undefined
  /** In items of its streams that wait to be read here. */
  #itemBytes = 0
  #isOver = false

  constructor(options: PeerOptions) {
    this.#options = options
    this.outgoing = new Outgoing({ ...options, parcel: () => this.parcel() })
  }

  /** Calls of the other end that run, and can't end before it does something. */
  get waiting(): number {
    return this.outgoing.size + (this.#tables?.exports.waiting ?? 0)
  }

  /** What this end has handed over to be read, and has not ended. */
  get streams(): number {
    return this.#tables?.exports.streams ?? 0
  }

  get heldBytes(): number {
    return (this.#tables?.exports.heldBytes ?? 0) + this.#itemBytes
  }

  /** What this end has handed over and not been told to let go of, and what it holds of the other end. */
  get held(): { readonly exports: number; readonly imports: number } {
    return { exports: this.#tables?.exports.size ?? 0, imports: this.#tables?.imports.size ?? 0 }
  }

  parcel(isOfCall = false): Parcel {
    return new Parcel((this.#tables ??= this.#open()), isOfCall)
  }

  find(name: string): ExposedMethod | undefined {
    return this.#tables?.exports.find(name)
  }

  exposed(value: object): ExposedObject | undefined {
    return this.#options.exposedOf?.(value)
  }

  callFollowed(
    id: number,
    method: string,
    params: readonly unknown[],
    followed: Followable,
  ): Promise<unknown> {
    return this.call(`@${id}.${method}`, params, this.#said({}), undefined, followed)
  }

  release(ids: Json | undefined): void {
    this.#tables?.exports.release(ids)
  }

  report(id: Json, value: unknown, readsTags: boolean): void {
    if (this.#options.channel.bufferedBytes > REPORTS_BYTES_MAX) return
    this.outgoing.notify(reportText(id, value, readsTags))
  }

  /**
   * Params and result may be values of all kinds: whoever hands something over reads tags.
   * `timeoutMs`: where the other end is not told of it.
   */
  call(
    method: string,
    params: readonly unknown[],
    options: CallOptions = {},
    timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS,
    followed?: Followable,
  ): Promise<unknown> {
    return new Promise((resolve, rejectPromise) => {
      const reject = (error: RollcallError): void => rejectPromise(metOutside(error))
      const { signal } = options
      const aborted = signal && new Abortable(method, signal, reject)
      if (aborted?.isOver === true) return
      if (timeoutMs <= 0) return reject(late(method))
      const own = { resolve, resolveValue: resolve, reject }
      const id = this.#send(method, params, options, timeoutMs, aborted?.around(own) ?? own, followed)
      if (id === undefined || aborted === undefined) return
      aborted.sent = { id, peer: this }
      aborted.listen()
    })
  }

  /** The call's id; undefined, and the call rejects: it was not sent. */
  #send(
    method: string,
    params: readonly unknown[],
    options: CallOptions,
    timeoutMs: number,
    { resolve, resolveValue, reject }: Answered,
    followed: Followable | undefined,
  ): number | undefined {
    const given = trimmed(params)
    const plain = plainText(given)
    // What is JSON hands over nothing.
    const parcel = plain === undefined ? this.parcel() : undefined
    try {
      const text = plain ?? writtenParams(method, given, parcel).text
      const deadline = ms(this.#options.clock.now() + timeoutMs)
      const tellsTags = plain === undefined || !this.outgoing.hasToldTags
      const tags = tellsTags ? { tags: plain === undefined ? (1 as const) : (0 as const) } : undefined
      const meta = metaOf(tags, options)
      const followers = followed?.followers ?? 0
      const rest = requestText(method, text, followers === 0 ? meta : { ...meta, followers })
      const { onProgress } = options
      const onRefused = parcel && ((): void => parcel.takeBack())
      const call = { method, deadline, resolve, resolveValue, reject, onRefused, onProgress, rest, tellsTags }
      const id = this.outgoing.call(call)
      if (followers > 0) followed?.close(id === undefined ? undefined : { id, peer: this })
      return id
    } catch (error) {
      parcel?.takeBack()
      throw metOutside(error)
    }
  }

  notify(method: string, params: readonly Json[]): void {
    this.outgoing.notify(requestText(method, params, undefined))
  }

  /** As {@link Outgoing.end}; what was handed over is let go of. */
  end(why: string, cause?: Error, noAnswer: NoAnswer = 'broken'): void {
    if (this.#isOver) return
    this.#isOver = true
    this.outgoing.end(why, cause, noAnswer)
    this.#tables?.exports.end()
  }

  #said(own: CallOptions): CallOptions {
    return this.#options.saidWith?.(own) ?? own
  }

  #open(): Tables {
    const { clock } = this.#options
    const grown = (): void => this.grown?.()
    const own = this.#options.exposedOf ?? nothingExposed
    const waits = (): void => this.outgoing.changed?.()
    const exports = new Exports({
      clock,
      exposedOf: own,
      writtenItem: (item) => writtenItem(item, own),
      waits,
      grown,
    })
    if (this.#isOver) exports.end()
    const imports = new Imports({
      call: (method, params, options = {}) => this.call(method, params, this.#said(options)),
      next: (method, params, timeoutMs) => this.call(method, params, {}, timeoutMs),
      notify: (method, params) => this.notify(method, params),
      holds: (bytes) => {
        this.#itemBytes += bytes
        if (bytes > 0) grown()
      },
    })
    const { referred, isLocal = false } = this.#options
    return { exports, imports, handed: new WeakSet(), referred, isLocal }
  }
}

function late(method: string): UnreachableError {
  return new UnreachableError(`${method}: time is over before the call could be sent`)
}

/** What the user has said of the call, and of its tags what has to be said. Undefined: nothing. */
function metaOf(tags: Pick<CallMeta, 'tags'> | undefined, options: CallOptions): CallMeta | undefined {
  const { timeoutMs, meta, consistency, onProgress } = options
  const isSilent = timeoutMs === undefined && meta === undefined && consistency === undefined
  if (isSilent && onProgress === undefined) return tags
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...saidIn(meta),
    ...(consistency !== undefined && { consistency }),
    ...(onProgress !== undefined && { progress: 1 }),
    ...tags,
  }
}
