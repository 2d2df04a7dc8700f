/**
 * The other end of a lasting channel, as this end deals with it: what is asked of it, what is handed to it, and what it has
 * handed over. Nothing is kept for it before there is something.
 */
import type { Json } from '../json.js'
import { ms } from '../ports.js'
import type { Channel, Clock } from '../ports.js'
import type { NoAnswer, RollcallError } from './errors.js'
import { Exports } from './exports.js'
import { nothingExposed, type ExposedOf } from './exports.js'
import type { CallMeta, ExposedMethod, OtherEnd } from './host.js'
import { Imports } from './imports.js'
import { metOutside } from './met-outside.js'
import { Outgoing } from './outgoing.js'
import { Parcel } from './parcel.js'
import type { Tables } from './parcel.js'
import { requestText, trimmed, writtenParams } from './request.js'
import type { ExportId } from './travellers.js'

export interface PeerOptions {
  readonly channel: Pick<Channel, 'send' | 'bufferedBytes'>
  readonly clock: Clock
  /** For messages. */
  readonly name: string
  /** As in OutgoingOptions. */
  readonly callsMax?: number
  /** How an object can be called that is handed to the other end. Default: none can. */
  readonly exposedOf?: ExposedOf | undefined
}

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

  get heldBytes(): number {
    return (this.#tables?.exports.heldBytes ?? 0) + this.#itemBytes
  }

  /** What this end has handed over and not been told to let go of, and what it holds of the other end. */
  get held(): { readonly exports: number; readonly imports: number } {
    return { exports: this.#tables?.exports.size ?? 0, imports: this.#tables?.imports.size ?? 0 }
  }

  parcel(): Parcel {
    return new Parcel((this.#tables ??= this.#open()))
  }

  find(id: ExportId, method: string): ExposedMethod | undefined {
    return this.#tables?.exports.find(id, method)
  }

  release(ids: Json | undefined): void {
    this.#tables?.exports.release(ids)
  }

  /** Params and result may be values of all kinds: whoever hands something over reads tags. */
  call(method: string, params: readonly unknown[], timeoutMs = CALL_TIMEOUT_MS): Promise<unknown> {
    const parcel = this.parcel()
    return new Promise((resolve, rejectPromise) => {
      const reject = (error: RollcallError): void => {
        metOutside(error)
        rejectPromise(error)
      }
      try {
        const { text, whyTagged } = writtenParams(method, trimmed(params), parcel)
        const deadline = ms(this.#options.clock.now() + timeoutMs)
        const isTold = whyTagged === undefined && this.outgoing.hasToldTags
        const meta: CallMeta | undefined = isTold ? undefined : { tags: whyTagged === undefined ? 0 : 1 }
        const rest = requestText(method, text, meta)
        const answer = { resolve, resolveValue: resolve, reject, onRefused: () => parcel.takeBack() }
        this.outgoing.call({ method, deadline, ...answer, rest, tellsTags: !isTold })
      } catch (error) {
        parcel.takeBack()
        metOutside(error)
        throw error
      }
    })
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

  #open(): Tables {
    const { clock } = this.#options
    const grown = (): void => this.grown?.()
    const own = this.#options.exposedOf ?? nothingExposed
    const waits = (): void => this.outgoing.changed?.()
    const exports = new Exports({ clock, exposedOf: own, waits, grown })
    if (this.#isOver) exports.end()
    const imports = new Imports({
      call: (method, params, timeoutMs) => this.call(method, params, timeoutMs),
      notify: (method, params) => this.notify(method, params),
      holds: (bytes) => {
        this.#itemBytes += bytes
        if (bytes > 0) grown()
      },
    })
    return { exports, imports }
  }
}
