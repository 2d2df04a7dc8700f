/**
 * Commands of all connections that are under way in the log: a new one waits for those before it, which must not take longer
 * than an election timeout. So the connections that have some share how many may be, and each of them may have one.
 */

/** More than these make no command more a second. */
const COMMANDS_UNDER_WAY_MAX = 1024

/** How many connections of one daemon have commands under way. */
export class Commanders {
  count = 0
}

/** One connection's. */
export class CommandShare {
  /** As of its last command that began or ended: until the next one, others change it by a few. */
  isUsedUp = false
  readonly #commanders: Commanders
  #commands = 0

  constructor(commanders: Commanders) {
    this.#commanders = commanders
  }

  began(): void {
    if (++this.#commands === 1) this.#commanders.count += 1
    this.isUsedUp = this.#commands * this.#commanders.count >= COMMANDS_UNDER_WAY_MAX
  }

  ended(): void {
    if (--this.#commands === 0) this.#commanders.count -= 1
    this.isUsedUp = this.#commands > 0 && this.#commands * this.#commanders.count >= COMMANDS_UNDER_WAY_MAX
  }
}
