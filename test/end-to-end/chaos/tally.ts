/** How often what has happened. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(what: string, count = 1): void {
    this.#counts.set(what, this.of(what) + count)
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0
  }

  /** `12 kills, 3 stops`, in the order in which each came first. */
  toString(): string {
    return [...this.#counts].map(([what, count]) => `${count} ${what}`).join(', ')
  }
}
