/** When what is over next: each key has one time at most. The order in which they are taken is that of time, then key. */
export class DueTimes {
  readonly #times = new Map<string, number>()
  /** A binary heap. What `#times` says otherwise of by now is passed over. */
  #heap: Due[] = []

  /** Undefined: it is never over. */
  set(key: string, time: number | undefined): void {
    if (this.#times.get(key) === time) return
    if (time === undefined) {
      this.#times.delete(key)
      return
    }
    this.#times.set(key, time)
    this.#push({ key, time })
    if (this.#heap.length > 2 * this.#times.size + SLACK) this.#rebuild()
  }

  /** The time of the first. */
  get next(): number | undefined {
    return this.#first()?.time
  }

  /** The first, if its time has come by `now`. */
  take(now: number): string | undefined {
    const first = this.#first()
    if (first === undefined || first.time > now) return undefined
    this.#pop()
    this.#times.delete(first.key)
    return first.key
  }

  #first(): Due | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#times.get(first.key) === first.time) return first
      this.#pop()
    }
    return undefined
  }

  #rebuild(): void {
    // Sorted, it is a heap.
    this.#heap = [...this.#times].map(([key, time]) => ({ key, time })).sort(order)
  }

  #push(due: Due): void {
    const heap = this.#heap
    let at = heap.length
    for (let parent = heap[(at - 1) >> 1]; at > 0 && parent && order(due, parent) < 0;) {
      heap[at] = parent
      at = (at - 1) >> 1
      parent = heap[(at - 1) >> 1]
    }
    heap[at] = due
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]]
      const isRight = right !== undefined && left !== undefined && order(right, left) < 0
      const child = isRight ? right : left
      if (child === undefined || order(last, child) <= 0) break
      heap[at] = child
      at = 2 * at + (isRight ? 2 : 1)
    }
    heap[at] = last
  }
}

interface Due {
  readonly key: string
  readonly time: number
}

/** Of a heap that holds what is passed over, too. */
const SLACK = 64

function order(a: Due, b: Due): number {
  return a.time - b.time || (a.key < b.key ? -1 : Number(a.key > b.key))
}
