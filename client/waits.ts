/** Why a command has to wait: each reason once, if the wait is no short one. */

/** A change of leader takes less. Milliseconds. */
const PATIENCE_MS = 500

export class Waits {
  readonly #say: (sentence: string) => void
  readonly #now: () => number
  readonly #told = new Set<string>()
  #begun: number

  constructor(say: (sentence: string) => void, now = () => performance.now()) {
    this.#say = say
    this.#now = now
    this.#begun = now()
  }

  /** Another command begins. */
  begin(): void {
    this.#begun = this.#now()
    this.#told.clear()
  }

  readonly hear = (why: string): void => {
    if (this.#now() - this.#begun < PATIENCE_MS || this.#told.has(why)) return
    this.#told.add(why)
    this.#say(`waiting: ${why}`)
  }
}
