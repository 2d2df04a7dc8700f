/**
 * Which connections are read next. The system brings at once what all of them have sent, and all that come in:
 * thousands that come, speak, or end, in the same moment would be dealt with in one turn of the event loop, in which no
 * fellow member is heard. So they are read in slices: when one is over, nobody but fellows is read any further in that
 * turn. Who was stopped so, and who has just come in, waits; in the turns that follow some at a time are read, in the
 * order in which they wait: more of those who have made a call before, and by turns these or the strangers first.
 * Whoever was stopped before anything of his was read comes before those with whom it was.
 */
import type { Clock } from '../ports.js'
import { Slices } from '../rpc/slices.js'

/** A connection that is read. */
export interface Reader {
  /** A fellow's connection is read in each turn. */
  readonly isFavoured: boolean
  /** It has made a call, and shown who it is, where that is asked. */
  readonly isKnown: boolean
  /** Reads no more from now on. False: it was not being read, or can't be stopped. */
  stopReading(): boolean
  /** Whether something has come of it since this was last asked. */
  wasHeard(): boolean
  /** Reads what has come, for the first time or again. */
  read(): void
}

/** How long connections may be read before others are heard. Milliseconds. */
const SLICE_MS = 1.5
/** Twice as many reads make no long turn, whatever they bring: whether one goes on is looked at once in so many. */
const READS_FREE = 4
/** Of those that wait, so many are read in one turn of the event loop. */
const KNOWN_READ = 48
const STRANGERS_READ = 16

export class ReadingTurns {
  readonly #slices: Slices
  #reading = new Set<Reader>()
  readonly #known = new Set<Reader>()
  readonly #strangers = new Set<Reader>()
  #areStrangersFirst = false

  constructor(clock: Clock) {
    const pieces = { free: READS_FREE, over: () => this.#stop() }
    this.#slices = new Slices(clock, SLICE_MS, () => this.#readSome(), pieces)
  }

  /** To be called when something was read: bytes, or an end. */
  get heard(): () => void {
    return this.#slices.did
  }

  /** It has come in, and has yet to be read. */
  add(reader: Reader): void {
    this.#strangers.add(reader)
    this.#slices.plan()
  }

  delete(reader: Reader): void {
    this.#reading.delete(reader)
    this.#known.delete(reader)
    this.#strangers.delete(reader)
  }

  #stop(): void {
    const heard: Reader[] = []
    const reading = this.#reading
    // Hardly any of thousands stay: to take out each of the others takes several times as long.
    this.#reading = new Set()
    for (const reader of reading) {
      if (reader.isFavoured || !reader.stopReading()) this.#reading.add(reader)
      else if (reader.wasHeard()) heard.push(reader)
      else this.#wait(reader)
    }
    for (const reader of heard) this.#wait(reader)
  }

  #wait(reader: Reader): void {
    if (reader.isKnown) this.#known.add(reader)
    else this.#strangers.add(reader)
  }

  #readSome(): boolean {
    this.#areStrangersFirst = !this.#areStrangersFirst
    if (this.#areStrangersFirst) this.#read(this.#strangers, STRANGERS_READ)
    this.#read(this.#known, KNOWN_READ)
    if (!this.#areStrangersFirst) this.#read(this.#strangers, STRANGERS_READ)
    return this.#known.size + this.#strangers.size > 0
  }

  #read(waiting: Set<Reader>, count: number): void {
    let left = count
    for (const reader of waiting) {
      if (left-- === 0) return
      waiting.delete(reader)
      this.#reading.add(reader)
      reader.read()
    }
  }
}
