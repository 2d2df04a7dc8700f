/**
 * The places of a name that several processes share. Calls go to one after the other; one that failed is left out for a
 * while, or until the name server has seen it go and come back.
 */
import type { Clock, Random } from '../ports.js'
import type { Uri } from '../rpc/uri.js'

export interface SpreadOptions {
  readonly clock: Clock
  readonly random: Random
  /** Where they are now. Undefined: nobody can say. Never rejects. */
  readonly ask: () => Promise<readonly Uri[] | undefined>
}

/** Who has come is called, and who has gone is not, after so long at the latest. Milliseconds. */
const ASK_AGAIN_MS = 2_000
/** Longer than the lease of a process that has died. Milliseconds. */
const LEFT_OUT_MS = 5_000

export class Spread {
  readonly #options: SpreadOptions
  #places: readonly Uri[]
  #turn: number
  #askedAt: number
  /** Until when, on the clock. */
  readonly #leftOut = new Map<Uri, number>()

  /** `places`: one at least. */
  constructor(places: readonly Uri[], options: SpreadOptions) {
    this.#options = options
    this.#places = places
    // Clients that begin at the same moment do not all begin with the same one.
    this.#turn = options.random.below(places.length)
    this.#askedAt = options.clock.now()
  }

  get places(): readonly Uri[] {
    return this.#places
  }

  /** The next one that has not failed of late; while all have, the next one all the same. */
  next(): Uri {
    this.#askAgain()
    const inTurn = this.#places.map((_, n) => this.#at(this.#turn + n))
    const found = inTurn.findIndex((place) => !this.#isLeftOut(place))
    this.#turn += Math.max(found, 0) + 1
    return this.#at(this.#turn - 1)
  }

  /** A call there has failed. */
  leaveOut(place: Uri): void {
    this.#leftOut.set(place, this.#options.clock.now() + LEFT_OUT_MS)
  }

  #at(turn: number): Uri {
    const place = this.#places[turn % this.#places.length]
    if (place === undefined) throw new Error('a shared name has a place at least')
    return place
  }

  #isLeftOut(place: Uri): boolean {
    const until = this.#leftOut.get(place)
    return until !== undefined && until > this.#options.clock.now()
  }

  /** Nobody waits for it. */
  #askAgain(): void {
    const now = this.#options.clock.now()
    if (now - this.#askedAt < ASK_AGAIN_MS) return
    this.#askedAt = now
    void this.#options.ask().then((places) => this.#take(places ?? []))
  }

  /** Where none is left nothing is known that would be better. */
  #take(places: readonly Uri[]): void {
    if (places.length === 0) return
    this.#places = places
    for (const place of this.#leftOut.keys()) if (!places.includes(place)) this.#leftOut.delete(place)
  }
}
