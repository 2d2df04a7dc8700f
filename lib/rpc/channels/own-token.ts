/** The token by which this process shows itself: it is told to those alone whom the process itself has chosen to call. */
import type { CallMeta } from '../exposed.js'
import type { CallOptions } from '../proxies/call-options.js'

export class OwnToken {
  /** This process itself has chosen to call what is there; else another one has named it. */
  isTold = false
  readonly #token: string | undefined

  /** Undefined: there is none. */
  constructor(token: string | undefined) {
    this.#token = token
  }

  /** What is said of a call there, where `meta` is to be said. */
  of(meta: CallMeta | undefined): CallMeta | undefined {
    if (this.isTold || this.#token === undefined || meta?.token !== this.#token) return meta
    const { token: _, ...rest } = meta
    return rest
  }

  /** The same of what else is said of it. */
  ofOptions(options: CallOptions): CallOptions {
    const meta = this.of(options.meta)
    return meta === options.meta ? options : { ...options, ...(meta !== undefined && { meta }) }
  }
}
