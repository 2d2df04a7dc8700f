import type { Ticks } from './types.js'

/** The share of electionTimeoutMin that a lease lasts. The rest is for clocks that run at different speeds. */
const LEASE_SHARE = 0.9

/**
 * How long a leader may be sure that there is no other (thesis §6.4.1). Whoever has answered a heartbeat round has
 * heard this leader after the round began, and gives nobody a vote for electionTimeoutMin from then on. So a quorum's
 * answers rule out another leader until electionTimeoutMin after the round's beginning, by the voters' clocks.
 *
 * A vote that the leader itself asks for knows no such delay, and the word to ask for it may arrive after the leader
 * has given the transfer up. So once a transfer has begun there is no lease in this term of office any more.
 */
export class ReadLease {
  readonly #length: number
  /** When the rounds began that no quorum has answered yet, oldest first. */
  #rounds: { readonly round: number; readonly beganAt: Ticks }[] = []
  #until = -Infinity
  #isForfeited = false

  constructor(electionTimeoutMin: Ticks) {
    this.#length = electionTimeoutMin * LEASE_SHARE
  }

  began(round: number, now: Ticks): void {
    this.#rounds.push({ round, beganAt: now })
  }

  /** A quorum has answered `round`, or a later one. */
  confirmed(round: number): void {
    const last = this.#rounds.findLast((each) => each.round <= round)
    if (last === undefined) return
    this.#until = last.beganAt + this.#length
    this.#rounds = this.#rounds.filter((each) => each.round > round)
  }

  /** For good. */
  forfeit(): void {
    this.#isForfeited = true
  }

  holds(now: Ticks): boolean {
    return !this.#isForfeited && now < this.#until
  }
}
