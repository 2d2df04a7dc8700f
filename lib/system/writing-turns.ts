/**
 * Whose long output is written next. What becomes bytes and is taken by the system at once holds up whoever else is to
 * be heard, however many connections it is for: in one turn of the event loop so many slices are written, and the rest
 * in those that follow, in the order in which they wait.
 */

/** Of 64 KiB each. */
const SLICES_A_TURN = 16

interface Waiting {
  readonly write: () => void
  readonly slices: number
}

class WritingTurns {
  #left = SLICES_A_TURN
  #isPlanned = false
  readonly #waiting: Waiting[] = []

  /** Runs `write`, which writes a slice: now, or in one of the next turns. */
  next(write: () => void): void {
    this.#wait({ write, slices: 1 })
  }

  /** Resolves in a turn that has room for what costs as much as so many slices; more than a turn has are a turn's. */
  turn(slices: number): Promise<void> {
    return new Promise((write) => this.#wait({ write, slices: Math.min(slices, SLICES_A_TURN) }))
  }

  #wait(one: Waiting): void {
    this.#waiting.push(one)
    if (this.#waiting.length === 1) this.#writeSome()
    this.#plan()
  }

  #writeSome(): void {
    for (let first = this.#waiting[0]; first !== undefined && first.slices <= this.#left;) {
      this.#left -= first.slices
      this.#waiting.shift()
      first.write()
      first = this.#waiting[0]
    }
  }

  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    setImmediate(this.#begin)
  }

  readonly #begin = (): void => {
    this.#isPlanned = false
    this.#left = SLICES_A_TURN
    this.#writeSome()
    if (this.#waiting.length > 0) this.#plan()
  }
}

/** Of this process, as it has one event loop. */
export const writingTurns = new WritingTurns()
