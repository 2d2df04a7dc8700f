/**
 * The other end of a lasting channel, as this end deals with it: what is asked of it, what is handed to it, and what it has
 * handed over. Nothing is kept for it before there is something.
 */
import type { Json } from '../json.js'
import { ms } from '../ports.js'
import type { Channel, Clock } from '../ports.js'
import type { NoAnswer } from './errors.js'
import { Exports } from './exports.js'
import type { ExposedOf } from './exports.js'
import { exposedOf } from './expose.js'
import type { ExposedMethod, OtherEnd } from './host.js'
import { Imports } from './imports.js'
import { Outgoing } from './outgoing.js'
import { Parcel } from './parcel.js'
import type { Tables } from './parcel.js'
import { requestText } from './request.js'
import { decoded, encoded } from './stand-in.js'
import type { ExportId } from './travellers.js'

export interface PeerOptions {
  readonly channel: Pick<Channel, 'send' | 'bufferedBytes'>
  readonly clock: Clock
  /** For messages. */
  readonly name: string
  /** As in OutgoingOptions. */
  readonly callsMax?: number
  /** Default: as its class has marked it. */
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
    this.outgoing = new Outgoing(options)
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

  call(method: string, params: readonly unknown[], timeoutMs = CALL_TIMEOUT_MS): Promise<unknown> {
    const parcel = this.parcel()
    return new Promise((resolve, reject) => {
      const arrived = (result: Json): void => {
        try {
          resolve(decoded(result, parcel))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      try {
        const json = params.map((each, at) => encoded(each, `argument ${at + 1}`, parcel))
        const deadline = ms(this.#options.clock.now() + timeoutMs)
        const rest = requestText(method, json, undefined)
        const id = this.outgoing.call({ method, deadline, resolve: arrived, reject, rest })
        if (id === undefined) parcel.takeBack()
      } catch (error) {
        parcel.takeBack()
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
    const own = this.#options.exposedOf ?? exposedOf
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
