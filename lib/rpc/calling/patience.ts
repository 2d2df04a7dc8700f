/**
 * How long what must be found out before a call can be sent is waited for: until the call's time is over, or its
 * caller is closed. Who listens is told on the way what is known.
 */
import { ms } from '../../ports.js'
import type { Clock, Timer } from '../../ports.js'
import type { Call } from './call.js'
import { afterInput } from '../deadlines.js'
import type { RollcallError } from '../errors.js'
import { closed, late } from './not-sent.js'
import { callNameOf } from './target.js'

export interface PatienceOptions {
  readonly clock: Clock
  /** Who has been asked where things are, and has not answered yet: addresses. Left out: nobody knows. */
  readonly unanswered?: () => readonly string[]
}

/** Who waits is told what is known when nothing could be sent for so long. */
const HINT_MS = 700

export class Patience {
  readonly #options: PatienceOptions
  /** Ends each waiting. */
  readonly #waiting = new Set<() => void>()

  constructor(options: PatienceOptions) {
    this.#options = options
  }

  /**
   * What `preparing` brings, if it does so in time. What the attempt `before` met says more than that the
   * time is over; what who listens throws is the call's error.
   */
  inTime<T>(call: Call, before: RollcallError | undefined, preparing: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#timer(call, () => reject(before ?? late(call)), reject)
      const end = (): void => reject(closed(call))
      this.#waiting.add(end)
      preparing.then(resolve, reject).finally(() => {
        timer.cancel()
        this.#waiting.delete(end)
      })
    })
  }

  /** Nothing is waited for any more. */
  close(): void {
    for (const end of this.#waiting) end()
  }

  #timer(call: Call, over: () => void, failed: (error: unknown) => void): Timer {
    const { clock } = this.#options
    const restMs = Math.max(0, call.deadline - clock.now())
    if (call.onWaiting === undefined || restMs <= HINT_MS) return afterInput(clock, ms(restMs), over)
    let timer = afterInput(clock, ms(HINT_MS), () => {
      timer = afterInput(clock, ms(restMs - HINT_MS), over)
      try {
        call.onWaiting?.(this.#hint(call))
      } catch (error) {
        failed(error)
      }
    })
    return { cancel: () => timer.cancel() }
  }

  #hint(call: Call): string {
    const { place } = call.route
    const asked = place === undefined ? (this.#options.unanswered?.() ?? []) : [place]
    const what = place === undefined ? 'where it is, is not known yet' : 'it could not be sent yet'
    const who = asked.length === 0 ? '' : `; no answer so far from ${asked.join(', ')}`
    return `${callNameOf(call)}: ${what}${who}`
  }
}
