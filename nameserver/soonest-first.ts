/** Names by a time that each has, the soonest first; of one time, by name. A binary heap that knows where each stands. */

export interface Timed {
  readonly name: string
  readonly at: number
}

export class SoonestFirst {
  /** None is sooner than the one at half its place. */
  readonly #heap: Timed[] = []
  readonly #places = new Map<string, number>()

  get first(): Timed | undefined {
    return this.#heap[0]
  }

  /** In place of the time that it had. */
  set(name: string, at: number): void {
    const place = this.#places.get(name) ?? this.#heap.length
    this.#put(place, { name, at })
    this.#settle(place)
  }

  delete(name: string): void {
    const place = this.#places.get(name)
    if (place === undefined) return
    this.#places.delete(name)
    const last = this.#heap.pop()
    if (last === undefined || last.name === name) return
    this.#put(place, last)
    this.#settle(place)
  }

  #put(place: number, timed: Timed): void {
    this.#heap[place] = timed
    this.#places.set(timed.name, place)
  }

  #settle(place: number): void {
    let at = place
    while (at > 0 && this.#changedPlaces((at - 1) >> 1, at)) at = (at - 1) >> 1
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const sooner = isSooner(this.#heap[right], this.#heap[left]) ? right : left
      if (!this.#changedPlaces(at, sooner)) return
      at = sooner
    }
  }

  /** Whether the lower one was the sooner. */
  #changedPlaces(upper: number, lower: number): boolean {
    const [above, below] = [this.#heap[upper], this.#heap[lower]]
    if (above === undefined || below === undefined || !isSooner(below, above)) return false
    this.#put(upper, below)
    this.#put(lower, above)
    return true
  }
}

function isSooner(one: Timed | undefined, other: Timed | undefined): boolean {
  if (one === undefined || other === undefined) return false
  return one.at < other.at || (one.at === other.at && one.name < other.name)
}
