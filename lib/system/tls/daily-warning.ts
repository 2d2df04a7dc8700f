/** What ends, and must be there anew before that: it is said each day, in the log, from when its end is near. */
import type { Clock, Logger } from '../../ports.js'

export interface Ending {
  /** The certificate in a file, or the list. */
  readonly what: string
  /** What comes of its end. */
  readonly result: string
  /** When it is, and from when on it is near, in milliseconds since 1970. */
  readonly at: number
  readonly isNearFrom: number
}

const DAY_MS = 24 * 60 * 60 * 1000

export class DailyWarning {
  readonly #ports: { readonly clock: Pick<Clock, 'wall'>; readonly logger: Logger }
  #saidAt: number | undefined

  constructor(ports: { readonly clock: Pick<Clock, 'wall'>; readonly logger: Logger }) {
    this.#ports = ports
  }

  /** Undefined: nothing ends. */
  look(ending: Ending | undefined): void {
    const { clock, logger } = this.#ports
    const now = clock.wall()
    if (ending === undefined || now < ending.isNearFrom) return
    if (this.#saidAt !== undefined && now - this.#saidAt < DAY_MS) return
    this.#saidAt = now
    const { what, result, at } = ending
    const date = new Date(at).toUTCString()
    if (at <= now) logger.error(`${what} has expired on ${date}: ${result}; renew it`)
    else logger.warn(`${what} ends on ${date}, in ${Math.ceil((at - now) / DAY_MS)} days: renew it`)
  }

  /** It is another one now. */
  forget(): void {
    this.#saidAt = undefined
  }
}
