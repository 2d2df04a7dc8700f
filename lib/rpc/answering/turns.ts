/**
 * Whose call runs next. A process has one thread: while it works for one caller it hears nobody else, its fellow
 * members neither, and who is not heard from for an election timeout is deposed. So calls run in slices of a few
 * milliseconds, and between two slices the process hears what has come in. What comes while a slice has room runs at
 * once; what comes beyond waits, and is served in turns, by bytes as well as by calls: whoever sends much, or much at a
 * time, waits for the others after each bit of it (deficit round robin).
 *
 * Time passes here only between two calls: one call that takes long by itself is its object's affair.
 */
import type { Clock } from '../../ports.js'
import { Slices } from '../slices.js'

/** Whoever may have calls to run, or results to write. */
export interface Party {
  /**
   * Runs one call and tells how many bytes it took of its message, or brought. Undefined:
   * there is none, or none may run now.
   */
  runNext(): number | undefined
}

/** How long calls may run before what has come in is heard. Milliseconds. */
const SLICE_MS = 2
/** As many calls: what they set in motion, such as entries of a log, costs more than they do, and comes later. */
const SLICE_CALLS = 128
/**
 * After a pause of this length the process has looked for input, or has so far done little in this turn. Milliseconds.
 */
const PAUSE_MS = 1
/** What one party may run before it is another one's turn, in bytes. */
const QUANTUM_BYTES = 16 * 1024
/** What a call counts beside its bytes. */
const CALL_BYTES = 512
/** Under way in a log: more of them make no command more a second. */
const COMMANDS_UNDER_WAY_MAX = 1024

export class Turns {
  /** How many connections have commands under way. */
  commanders = 0
  readonly #clock: Clock
  readonly #slices: Slices
  /**
   * Who waits, in order, and how many bytes of its last turn it may still run; below zero,
   * it has run more than its due.
   */
  readonly #waiting = new Map<Party, number>()
  #lastEnded = 0
  #calls = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#slices = new Slices(clock, SLICE_MS, () => this.#serveSome())
  }

  /** Whether a call that has just come may run at once. If so, `ended` is told afterwards. */
  admits(): boolean {
    return this.#waiting.size === 0 && this.admitsResult() && this.#calls < SLICE_CALLS
  }

  /** What was admitted has run: so many calls, some less than one, or with 0 a result has been written. */
  ended(calls = 1): void {
    this.#calls += calls
    this.#lastEnded = this.#clock.now()
  }

  /**
   * Whether a result that is there may be written at once. It counts by its time alone. If
   * so, `ended` is told afterwards.
   */
  admitsResult(): boolean {
    const now = this.#clock.now()
    const mayBegin = now - this.#lastEnded > PAUSE_MS || this.#slices.isOver(now)
    if (mayBegin && this.#slices.begin(now)) this.#calls = 0
    return this.#slices.hasRoom(now)
  }

  /** `party` has calls: it is asked for them in its turn, until it has none. Harmless when it waits already. */
  wait(party: Party): void {
    if (!this.#waiting.has(party)) this.#waiting.set(party, 0)
    this.#slices.plan()
  }

  #serveSome(): boolean {
    if (this.#slices.begin(this.#clock.now())) this.#calls = 0
    for (const [party, left] of this.#waiting) {
      this.#serve(party, left + QUANTUM_BYTES)
      // Some may have run more than their due, and so nothing in this turn of theirs.
      if (!this.#hasRoom(this.#clock.now())) break
    }
    return this.#waiting.size > 0
  }

  /** What waits goes to the end of the queue; who has nothing left leaves it, and with it what it owes. */
  #serve(party: Party, bytes: number): void {
    let left = bytes
    this.#waiting.delete(party)
    while (left > 0) {
      const taken = party.runNext()
      if (taken === undefined) return
      left -= taken + CALL_BYTES
      this.ended()
      if (!this.#hasRoom(this.#lastEnded)) break
    }
    this.#waiting.set(party, left)
  }

  #hasRoom(now: number): boolean {
    return this.#calls < SLICE_CALLS && this.#slices.hasRoom(now)
  }
}

/**
 * Commands of one connection that are under way in the log: a new one waits for those
 * before it, which must not take longer than an election timeout. So the connections that
 * have some share how many may be, and each of them may have one.
 */
export class CommandShare {
  /** As of its last command that began or ended: until the next one, others change it by a few. */
  isUsedUp = false
  readonly #turns: Turns
  #commands = 0

  constructor(turns: Turns) {
    this.#turns = turns
  }

  began(): void {
    if (++this.#commands === 1) this.#turns.commanders += 1
    this.isUsedUp = this.#commands * this.#turns.commanders >= COMMANDS_UNDER_WAY_MAX
  }

  ended(): void {
    if (--this.#commands === 0) this.#turns.commanders -= 1
    this.isUsedUp = this.#commands > 0 && this.#commands * this.#turns.commanders >= COMMANDS_UNDER_WAY_MAX
  }
}
