/** A task that runs again and again, never twice at a time. */
import { ms, type Clock, type Timer } from '../lib/ports.js'

export class Repeater {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #task: () => Promise<void>
  #timer: Timer | undefined
  #isRunning = false
  #isWanted = false
  #isStopped = false

  /** Runs `task`, which must not reject, for the first time soon, and then `everyMs` after its end. */
  constructor(clock: Clock, everyMs: number, task: () => Promise<void>) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#task = task
    this.#arm(0)
  }

  /** Runs the task without waiting for its time; once more, if it runs already. */
  hurry(): void {
    if (this.#isRunning) this.#isWanted = true
    else this.#arm(0)
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  #arm(delay: number): void {
    this.#timer?.cancel()
    if (!this.#isStopped) this.#timer = this.#clock.after(ms(delay), () => void this.#run())
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    await this.#task()
    this.#isRunning = false
    const isWanted = this.#isWanted
    this.#isWanted = false
    this.#arm(isWanted ? 0 : this.#everyMs)
  }
}
