/** Virtual time: what happens next is what was planned for the earliest moment; of one moment, what was planned first. */

interface Plan {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A binary heap by (at, order). */
export class EventQueue {
  /** Milliseconds. */
  now = 0
  readonly #heap: Plan[] = []
  #planned = 0

  plan(at: number, run: () => void): void {
    const heap = this.#heap
    const plan = { at: Math.max(at, this.now), order: this.#planned++, run }
    let hole = heap.length
    for (let parent = (hole - 1) >> 1; hole > 0; hole = parent, parent = (hole - 1) >> 1) {
      const above = heap[parent]
      if (above === undefined || comesBefore(above, plan)) break
      heap[hole] = above
    }
    heap[hole] = plan
  }

  /** Lets the next thing happen. Throws when nothing is planned. */
  next(): void {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (first === undefined || last === undefined) throw new RangeError('nothing is planned')
    if (this.#heap.length > 0) this.#sink(last)
    this.now = first.at
    first.run()
  }

  /** Lets things happen until it is so. */
  until(isSo: () => boolean): void {
    while (!isSo()) this.next()
  }

  /** Lets everything happen that is planned up to then. */
  untilTime(at: number): void {
    for (let first = this.#heap[0]; first !== undefined && first.at <= at; first = this.#heap[0]) this.next()
    this.now = Math.max(this.now, at)
  }

  #sink(plan: Plan): void {
    const heap = this.#heap
    let hole = 0
    for (;;) {
      const [left, right] = [heap[2 * hole + 1], heap[2 * hole + 2]]
      const isRight = left !== undefined && right !== undefined && comesBefore(right, left)
      const below = isRight ? right : left
      if (below === undefined || comesBefore(plan, below)) break
      heap[hole] = below
      hole = 2 * hole + (isRight ? 2 : 1)
    }
    heap[hole] = plan
  }
}

function comesBefore(one: Plan, other: Plan): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
