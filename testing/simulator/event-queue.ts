/**
 * What is still to come, in the order of its time; what comes at the same time, in the order in which it was planned.
 */
export class EventQueue {
  readonly #heap: Event[] = []
  #order = 0

  push(at: number, task: Task): Event {
    const event = new Event(at, this.#order++, task)
    const heap = this.#heap
    let hole = heap.push(event) - 1
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !event.isBefore(above)) break
      heap[hole] = above
      hole = parent
    }
    heap[hole] = event
    return event
  }

  /** The next event, unless it comes later than `until`. Those that were cancelled are left out. */
  pop(until: number): Event | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.at > until) return undefined
      this.#removeFirst()
      if (!first.isCancelled) return first
    }
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let hole = 0
    for (;;) {
      const least = this.#leastBelow(hole)
      const below = heap[least]
      if (below === undefined || !below.isBefore(last)) break
      heap[hole] = below
      hole = least
    }
    heap[hole] = last
  }

  #leastBelow(at: number): number {
    const left = this.#heap[2 * at + 1]
    const right = this.#heap[2 * at + 2]
    return left !== undefined && right?.isBefore(left) === true ? 2 * at + 2 : 2 * at + 1
  }
}

/** `idle` says that nothing was woken: nobody need wait for what follows from it. */
export type Task = () => unknown

export class Event {
  isCancelled = false

  constructor(
    readonly at: number,
    private readonly order: number,
    readonly task: Task,
  ) {}

  isBefore(other: Event): boolean {
    return this.at < other.at || (this.at === other.at && this.order < other.order)
  }

  cancel(): void {
    this.isCancelled = true
  }
}
