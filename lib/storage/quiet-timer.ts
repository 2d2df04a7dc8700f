import { ms, type Clock, type Timer } from '../ports.js'

/** How long nothing must have happened. It may have been for twice as long. */
export const QUIET_MS = ms(200)

/** Does its task each time that it has become quiet: one timer for as long as much happens, and none while nothing does. */
export class QuietTimer {
  readonly #clock: Clock
  readonly #task: () => void
  #timer: Timer | undefined
  #hasHappened = false
  #isEnded = false

  constructor(clock: Clock, task: () => void) {
    this.#clock = clock
    this.#task = task
  }

  happened(): void {
    this.#hasHappened = true
    if (this.#timer === undefined) this.#arm()
  }

  /** The task is not done any more. */
  end(): void {
    this.#isEnded = true
    this.#timer?.cancel()
  }

  #arm(): void {
    if (this.#isEnded) return
    this.#timer = this.#clock.after(QUIET_MS, () => this.#look())
  }

  #look(): void {
    this.#timer = undefined
    const wasQuiet = !this.#hasHappened
    this.#hasHappened = false
    if (wasQuiet) this.#task()
    else this.#arm()
  }
}
