/**
 * Work that is done in slices. A process has one thread: of each turn of its event loop such work takes some
 * milliseconds, what is left waits for the next turn, and in between the process hears what has come in. Whoever works
 * so has slices of its own, and all together share the turn: who comes late in a long one has little of it.
 */
import type { Clock, Turn } from '../ports.js'

/** What takes no longer is no part of a long turn, and may be done in each: nobody waits for ever. Milliseconds. */
export const SHORT_MS = 1
/** What all slices may take of one turn together, where turns are known. Milliseconds. */
const TURN_MS = 3

/** Whether a slice of at most `lengthMs` has room that began at `began`, in that turn, and is short no more. */
export function hasRoom(turn: Turn | undefined, began: number, now: number, lengthMs: number): boolean {
  return now - began < lengthMs && now - (turn?.began ?? now) < TURN_MS
}

/**
 * Of pieces that are not asked about before they are done: as many are free of charge, and then the slice has an end.
 */
export interface Pieces {
  /** So few make no long turn, whatever they are: the time is looked at beyond them. */
  readonly free: number
  readonly over: () => void
}

export class Slices {
  readonly #clock: Clock
  readonly #lengthMs: number
  readonly #work: () => boolean
  readonly #pieces: Pieces | undefined
  #done = 0
  /** When the slice began that is under way. */
  #began: number | undefined
  /** In which turn of the event loop that was, or the last one's end. Undefined: nobody knows. */
  #turn: Turn | undefined
  #isPlanned = false

  /** `work`: does what waits, as long as the slice has room, and tells whether something is left. */
  constructor(clock: Clock, lengthMs: number, work: () => boolean, pieces?: Pieces) {
    this.#clock = clock
    this.#lengthMs = lengthMs
    this.#work = work
    this.#pieces = pieces
  }

  /** A piece has been done of its own accord. */
  readonly did = (): void => {
    this.#done += 1
    if (this.#pieces === undefined || this.#done < this.#pieces.free) return
    if (this.#isTurnOver()) return this.#forget()
    this.plan()
    if (!this.hasRoom()) this.#pieces.over()
  }

  /** `work` runs in the next turn. Harmless when that is planned already. */
  plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    this.#clock.soon(this.#next)
  }

  /** A slice begins at `now`. False: one is planned, and until then the slice under way goes on. */
  begin(now: number): boolean {
    if (this.#isPlanned && this.#began !== undefined) return false
    this.#turn = this.#clock.turn?.()
    this.#began = now
    return true
  }

  /**
   * Whether a slice that was not short has ended with its turn, and the next may begin: to see that costs less than to
   * plan it.
   */
  isOver(now: number): boolean {
    return this.#began !== undefined && now - this.#began > SHORT_MS && this.#isTurnOver()
  }

  /** Whether the slice under way has room. The first who asks after a planned one has begun begins it. */
  hasRoom(now: number = this.#clock.now()): boolean {
    if (this.#began === undefined) this.begin(now)
    const began = this.#began ?? now
    const isLeft = now - began < SHORT_MS || hasRoom(this.#turn, began, now, this.#lengthMs)
    // Only what is planned tells where this turn ends.
    if (!isLeft || now - began > SHORT_MS) this.plan()
    return isLeft
  }

  readonly #next = (): void => {
    this.#isPlanned = false
    this.#forget()
    if (this.#work()) this.plan()
  }

  #isTurnOver(): boolean {
    return !this.#isPlanned && this.#clock.turn?.() !== this.#turn
  }

  #forget(): void {
    this.#began = undefined
    this.#done = 0
    this.#turn = this.#clock.turn?.()
  }
}
