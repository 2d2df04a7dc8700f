/**
 * Which connections are read next. The system brings what all of them have sent at once: thousands that speak, or end, in
 * the same moment would be read in one turn of the event loop, in which no fellow member is heard. So they are read in
 * slices: when one is over, nobody but fellows is read any further in that turn, and in the turns that follow some at a
 * time are read again, in the order in which they waited, those first who have made a call before.
 */
import type { Clock } from '../ports.js'

/** A connection that is read. */
export interface Reader {
  /** A fellow's connection is read in each turn. */
  readonly isFavoured: boolean
  /** It has made a call. */
  readonly isKnown: boolean
  /** Reads no more from now on. False: it was not being read, or can't be stopped. */
  stopReading(): boolean
  /** Reads again what has come. */
  readAgain(): void
}

/** How long connections may be read before others are heard. Milliseconds. */
const SLICE_MS = 1.5
/** So many reads make no long turn, whatever they bring: the time is looked at once in so many. */
const READS_FREE = 16
/** So many are read again in one turn of the event loop. */
const KNOWN_AGAIN = 48
const STRANGERS_AGAIN = 16

export class ReadingTurns {
  readonly #clock: Clock
  readonly #reading = new Set<Reader>()
  readonly #known = new Set<Reader>()
  readonly #strangers = new Set<Reader>()
  #reads = 0
  /** When the slice began that is under way. */
  #began: number | undefined
  #isPlanned = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(reader: Reader): void {
    this.#reading.add(reader)
  }

  delete(reader: Reader): void {
    this.#reading.delete(reader)
    this.#known.delete(reader)
    this.#strangers.delete(reader)
  }

  /** Something was read: bytes, or an end. */
  readonly heard = (): void => {
    this.#reads += 1
    if (this.#reads < READS_FREE) return
    this.#plan()
    const now = this.#clock.now()
    this.#began ??= now
    if (now - this.#began >= SLICE_MS) this.#stop()
  }

  #stop(): void {
    for (const reader of this.#reading) {
      if (reader.isFavoured || !reader.stopReading()) continue
      this.#reading.delete(reader)
      if (reader.isKnown) this.#known.add(reader)
      else this.#strangers.add(reader)
    }
  }

  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    this.#clock.soon(this.#slice)
  }

  readonly #slice = (): void => {
    this.#isPlanned = false
    this.#began = undefined
    this.#reads = 0
    this.#readAgain(this.#known, KNOWN_AGAIN)
    this.#readAgain(this.#strangers, STRANGERS_AGAIN)
    if (this.#known.size + this.#strangers.size > 0) this.#plan()
  }

  #readAgain(waiting: Set<Reader>, count: number): void {
    let left = count
    for (const reader of waiting) {
      if (left-- === 0) return
      waiting.delete(reader)
      this.#reading.add(reader)
      reader.readAgain()
    }
  }
}
