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
  /** Nothing but fellows' output has been written in this turn. */
  #isFree = true
  #isPlanned = false
  readonly #fellows: (() => void)[] = []
  readonly #waiting: Waiting[] = []

  /** Runs `write`, which writes a slice: now, or in one of the next turns. A fellow member's goes before all others'. */
  next(write: () => void, isFellow = false): void {
    if (isFellow) this.#fellows.push(write)
    else this.#waiting.push({ write, slices: 1 })
    this.#come()
  }

  /** Resolves in a turn that has room for what costs as much as so many slices; more than a turn has are a turn's. */
  turn(slices: number): Promise<void> {
    return new Promise((write) => {
      this.#waiting.push({ write, slices: Math.min(slices, SLICES_A_TURN) })
      this.#come()
    })
  }

  #come(): void {
    // Before anything is written: what throws must not leave the others waiting.
    this.#plan()
    if (this.#fellows.length + this.#waiting.length === 1) this.#writeSome()
  }

  #writeSome(): void {
    while (this.#left > 0 && this.#fellows.length > 0) {
      this.#left -= 1
      this.#fellows.shift()?.()
    }
    for (let first = this.#waiting[0]; first !== undefined && this.#hasRoom(first);) {
      this.#left -= first.slices
      this.#isFree = false
      this.#waiting.shift()
      first.write()
      first = this.#waiting[0]
    }
  }

  /** However much fellows write, others have a part of each turn. */
  #hasRoom({ slices }: Waiting): boolean {
    return this.#isFree || slices <= this.#left
  }

  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    setImmediate(this.#begin)
  }

  readonly #begin = (): void => {
    this.#isPlanned = false
    this.#left = SLICES_A_TURN
    this.#isFree = true
    if (this.#fellows.length + this.#waiting.length === 0) return
    this.#plan()
    this.#writeSome()
  }
}

/** Of this process, as it has one event loop. */
export const writingTurns = new WritingTurns()
