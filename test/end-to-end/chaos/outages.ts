/** When no majority of the voters was there, for sure: then nothing may be acknowledged. */
import type { Operation } from '../../../testing/checker/history.js'

export interface Outage {
  readonly from: number
  /** Infinity while it lasts. */
  readonly to: number
}

export class Outages {
  readonly #over: Outage[] = []
  readonly #down = new Set<string>()
  #since: number | undefined

  /** `configurations`: sets of voters, of which any may be in force. `now`: the clock of the histories. */
  constructor(
    private readonly configurations: () => readonly (readonly string[])[],
    private readonly now: () => number,
  ) {}

  /** It does nothing any more, for sure. */
  lost(id: string): void {
    this.#down.add(id)
    this.update()
  }

  /** To be called before it can do anything again. */
  back(id: string): void {
    this.#down.delete(id)
    this.update()
  }

  /** To be called before another configuration can come into force, too. */
  update(): void {
    const isOut = this.configurations().every((voters) => {
      const up = voters.filter((voter) => !this.#down.has(voter))
      return up.length * 2 <= voters.length
    })
    if (isOut) this.#since ??= this.now()
    else if (this.#since !== undefined) {
      this.#over.push({ from: this.#since, to: this.now() })
      this.#since = undefined
    }
  }

  get all(): readonly Outage[] {
    return this.#since === undefined ? this.#over : [...this.#over, { from: this.#since, to: Infinity }]
  }

  /** Of these, what was called and answered within one outage. */
  answeredWithin<Call, Result>(
    history: readonly Operation<Call, Result>[],
  ): readonly Operation<Call, Result>[] {
    const { all } = this
    return history.filter(({ invokedAt, outcome }) =>
      all.some(({ from, to }) => outcome.kind === 'answered' && invokedAt > from && outcome.at < to),
    )
  }
}
