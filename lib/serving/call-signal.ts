/** By which a served method is told that nobody waits for it any more. */
import { ms, type Clock, type Timer } from '../ports.js'
import { whenGivenUp } from '../rpc/answering/cancellation.js'
import { afterInput } from '../rpc/deadlines.js'
import { AbortError } from '../rpc/errors.js'
import type { CallContext as Received } from '../rpc/exposed.js'

export class CallSignal {
  readonly #controller = new AbortController()
  #timer: Timer | undefined
  #unhear: () => void = () => undefined

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Until {@link CallSignal.end}. */
  listen(received: Received, clock: Clock): void {
    const { deadline } = received
    if (deadline !== undefined)
      this.#timer = afterInput(clock, ms(Math.max(0, deadline - clock.now())), () =>
        this.abort('its time is over'),
      )
    this.#unhear = whenGivenUp(received, () => this.abort('its caller has given it up, or is gone'))
  }

  /** `why`: a sentence about the call. */
  abort(why: string): void {
    this.end()
    this.#controller.abort(new AbortError(`nobody waits for this call any more: ${why}`))
  }

  /** What becomes of its caller is nothing to the call any more. */
  end(): void {
    this.#timer?.cancel()
    this.#unhear()
  }
}
