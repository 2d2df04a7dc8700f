/** A clock that a test moves: what is due runs inside `advance`, in the order of its time. */
import { ms, type Clock, type Ms, type Timer } from '../../lib/ports.js'

interface Due {
  readonly at: number
  readonly task: () => void
}

export class ManualClock implements Clock {
  #now = 0
  readonly #due = new Set<Due>()

  now(): Ms {
    return ms(this.#now)
  }

  wall(): Ms {
    return ms(this.#now)
  }

  after(delay: Ms, task: () => void): Timer {
    const due = { at: this.#now + delay, task }
    this.#due.add(due)
    return { cancel: () => void this.#due.delete(due) }
  }

  soon(task: () => void): void {
    queueMicrotask(task)
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#due.size
  }

  advance(by: number): void {
    const end = this.#now + by
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at)
      this.#due.delete(next)
      next.task()
    }
    this.#now = end
  }

  /** The process stands still for so long: what was due meanwhile runs at the end. */
  standStill(by: number): void {
    this.#now += by
    this.advance(0)
  }

  #next(end: number): Due | undefined {
    return [...this.#due].filter((due) => due.at <= end).sort((a, b) => a.at - b.at)[0]
  }
}
