/**
 * Work that is done in slices. A process has one thread: of each turn of its event loop such work takes some milliseconds,
 * what is left waits for the next turn, and in between the process hears what has come in.
 */
import type { Clock } from '../ports.js'

export class Slices {
  readonly #clock: Clock
  readonly #lengthMs: number
  readonly #work: () => boolean
  /** When the slice began that is under way. */
  #began: number | undefined
  #isPlanned = false

  /** `work`: does what waits, as long as the slice has room, and tells whether something is left. */
  constructor(clock: Clock, lengthMs: number, work: () => boolean) {
    this.#clock = clock
    this.#lengthMs = lengthMs
    this.#work = work
  }

  /** `work` runs in the next turn. Harmless when that is planned already. */
  plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    this.#clock.soon(this.#next)
  }

  /** A slice begins at `now`. Needed only by whoever knows better than {@link hasRoom} when a turn began. */
  begin(now: number): void {
    this.#began = now
  }

  /** Whether the slice under way has room. The first who asks after a planned one has begun begins it. */
  hasRoom(now: number = this.#clock.now()): boolean {
    this.#began ??= now
    return now - this.#began < this.#lengthMs
  }

  readonly #next = (): void => {
    this.#isPlanned = false
    this.#began = undefined
    if (this.#work()) this.plan()
  }
}
