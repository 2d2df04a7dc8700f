/** Goodbyes, which anybody can say for anybody: who is said to be gone is so only when it does not answer any more. */
import { ms, type Clock, type Timer } from '../ports.js'

/** Who is there has answered by then. Milliseconds. */
export const ANSWERED_MS = 1_000
/** A machine's own service goes on answering for a second after a goodbye (RFC 6762, 10.1), and somewhat longer. */
const GOODBYE_MS = 1_500

export interface GoodbyeHooks<Known> {
  /** Asks who is there. */
  readonly ask: () => void
  /** It has not answered. */
  readonly silent: (known: Known) => void
}

export class Goodbyes<Known> {
  /** Of whom a goodbye has come since the network was last asked because of one. */
  readonly #doubted = new Set<Known>()
  /** The same, asked for since then. */
  readonly #askedFor = new Set<Known>()
  #doubting: Timer | undefined

  constructor(
    private readonly clock: Clock,
    private readonly hooks: GoodbyeHooks<Known>,
  ) {}

  said(known: Known): void {
    this.#doubted.add(known)
    if (this.#doubting === undefined) this.#doubtSoon()
  }

  answered(known: Known): void {
    this.#askedFor.delete(known)
  }

  end(): void {
    this.#doubting?.cancel()
  }

  /** However many goodbyes come, one question answers those of a while. */
  #doubtSoon(): void {
    this.#doubting = undefined
    if (this.#doubted.size > 0) this.#doubting = this.clock.after(ms(GOODBYE_MS), () => this.#askForDoubted())
  }

  #askForDoubted(): void {
    for (const known of this.#doubted) this.#askedFor.add(known)
    this.#doubted.clear()
    this.hooks.ask()
    this.#doubting = this.clock.after(ms(ANSWERED_MS), () => this.#forgetSilent())
  }

  #forgetSilent(): void {
    for (const known of this.#askedFor) this.hooks.silent(known)
    this.#askedFor.clear()
    this.#doubtSoon()
  }
}
