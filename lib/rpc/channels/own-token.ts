/** The token by which this process shows itself: it is told to those alone whom the process itself has chosen to call. */
import type { CallMeta } from '../exposed.js'
import { saidIn, type CallOptions } from '../proxies/call-options.js'

/** A function gives it as it is now: tokens may be changed while all runs. */
export type OwnTokenSource = string | (() => string | undefined)

export class OwnToken {
  /** This process itself has chosen to call what is there; else another one has named it. */
  isTold = false
  readonly #source: OwnTokenSource | undefined

  /** Undefined: there is none. */
  constructor(source: OwnTokenSource | undefined) {
    this.#source = source
  }

  /** What each connection there begins with: for calls that bring none, and for what is said without one. */
  get told(): string | undefined {
    return this.isTold ? this.#token : undefined
  }

  /** What is said of a call there, where `meta` is to be said. */
  of(meta: CallMeta | undefined): CallMeta | undefined {
    const token = this.#token
    if (this.isTold || token === undefined || meta?.token !== token) return meta
    const { token: _, ...rest } = meta
    return rest
  }

  /** The same of what else is said of it. */
  ofOptions(options: CallOptions): CallOptions {
    const said = options.meta && saidIn(options.meta)
    const meta = this.of(said)
    return meta === said ? options : { ...options, ...(meta !== undefined && { meta }) }
  }

  get #token(): string | undefined {
    return typeof this.#source === 'function' ? this.#source() : this.#source
  }
}
