import { ms, type Clock, type Timer } from '../ports.js'

/** How long nothing must have happened. It may have been for twice as long. */
export const QUIET_MS = ms(200)

/**
 * Does its task each time that it has become quiet: one timer for as long as much happens, and none while nothing does.
 */
export class QuietTimer {
  readonly #clock: Clock
  readonly #count: () => number
  readonly #task: () => void
  #timer: Timer | undefined
  #isEnded = false
  /** It looks whether it has become quiet. */
  isAwake = false

  /** `count`: of what happens, a number that has changed when something has. */
  constructor(clock: Clock, count: () => number, task: () => void) {
    this.#clock = clock
    this.#count = count
    this.#task = task
  }

  /** Something happens. Need not be told while it is awake. */
  wake(): void {
    if (this.#isEnded || this.isAwake) return
    this.isAwake = true
    this.#lookLater()
  }

  /** The task is not done any more. */
  end(): void {
    this.#isEnded = true
    this.#timer?.cancel()
  }

  #lookLater(): void {
    const before = this.#count()
    this.#timer = this.#clock.after(QUIET_MS, () => {
      if (this.#count() !== before) return this.#lookLater()
      this.isAwake = false
      this.#task()
    })
  }
}
