import type { Ticks } from './types.js'

/** The share of what the voters promise that a lease lasts. The rest is for clocks that run at different speeds. */
const LEASE_SHARE = 0.9

/**
 * How long a leader may be sure that there is no other (thesis §6.4.1). Whoever has answered a heartbeat round has
 * heard this leader after the round began, and gives nobody a vote for as long from then on as its answer says: each
 * member has timeouts of its own, and only it knows them. So a quorum's answers rule out another leader for the
 * shortest of their promises from the round's beginning on, by the voters' clocks.
 *
 * A vote that the leader itself asks for knows no such delay, and its word to the successor may arrive after it has
 * given the transfer up: from then on the leader uses no lease any more (heartbeats.ts).
 */
export class ReadLease {
  /** When the rounds began that no quorum has answered yet, oldest first. */
  #rounds: { readonly round: number; readonly beganAt: Ticks }[] = []
  #until = -Infinity

  began(round: number, now: Ticks): void {
    this.#rounds.push({ round, beganAt: now })
  }

  /** A quorum has answered `round`, or a later one, and promises `silence`. Milliseconds. */
  confirmed(round: number, silence: number): void {
    const last = this.#rounds.findLast((each) => each.round <= round)
    if (last === undefined) return
    this.#until = Math.max(this.#until, last.beganAt + silence * LEASE_SHARE)
    this.#rounds = this.#rounds.filter((each) => each.round > round)
  }

  /** Other voters decide from now on, who have promised nothing yet. */
  end(): void {
    this.#until = -Infinity
  }

  holds(now: Ticks): boolean {
    return now < this.#until
  }
}
