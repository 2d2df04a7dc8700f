/** One seeded queue of events: the only time and the only chance that a simulated cluster has. */
import { ms } from '../../lib/ports.js'
import type { Clock, Ms, Random } from '../../lib/ports.js'

/** Xorshift32; the same seed gives the same story. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = (Math.imul(seed + 1, 0x9e3779b1) | 1) >>> 0
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % limit
  }

  /** True in `perMille` of a thousand cases. */
  chance(perMille: number): boolean {
    return this.below(1000) < perMille
  }

  /** Exponentially distributed around `mean`, so that messages overtake each other. */
  delay(mean: number): number {
    return -Math.log(1 - this.below(1_000_000) / 1_000_000) * mean
  }

  pick<T>(choices: readonly T[]): T | undefined {
    return choices[this.below(Math.max(choices.length, 1))]
  }
}

interface Event {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

export class World {
  readonly dice: Dice
  readonly trace: string[] = []
  /** How often what happened. */
  readonly tally = new Map<string, number>()
  now = 0
  /** Faults may strike. */
  isChaotic = true
  /** The first thing that must never happen, and did. */
  broken: unknown
  #order = 0
  readonly #heap: Event[] = []

  constructor(seed: number) {
    this.dice = new Dice(seed)
  }

  note(line: string): void {
    this.trace.push(`${this.now.toFixed(3)} ${line}`)
  }

  /** For the account of what the seeds have exercised. */
  count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1)
  }

  sleep(delay: number): Promise<void> {
    return new Promise((resolve) => this.after(delay, resolve))
  }

  /** Starts what goes on by itself. An error that it does not catch is a failure of the run. */
  spawn(task: () => Promise<void>): void {
    task().catch((error: unknown) => (this.broken ??= error))
  }

  /** Runs the task again and again while faults may strike. */
  repeat(task: () => void, meanMs: number): void {
    this.after(this.dice.delay(meanMs), () => {
      if (!this.isChaotic) return
      task()
      this.repeat(task, meanMs)
    })
  }

  after(delay: number, task: () => void): void {
    this.#push({ at: this.now + delay, order: this.#order++, task })
  }

  /** Runs events up to `until`, with `check` after each once all that it set off has run. */
  async run(until: number, check: () => void): Promise<void> {
    for (let next = this.#pop(until); next !== undefined; next = this.#pop(until)) {
      this.now = Math.max(this.now, next.at)
      next.task()
      await quiet()
      check()
    }
    this.now = until
  }

  #push(event: Event): void {
    const heap = this.#heap
    heap.push(event)
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1
      if (!this.#swapped(parent, at)) break
      at = parent
    }
  }

  #pop(until: number): Event | undefined {
    const heap = this.#heap
    const [first] = heap
    if (first === undefined || first.at > until) return undefined
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) {
      heap[0] = last
      for (let at = 0; ;) {
        const [left, right] = [2 * at + 1, 2 * at + 2]
        const least = this.#isBefore(right, left) ? right : left
        if (!this.#swapped(at, least)) break
        at = least
      }
    }
    return first
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (one === undefined || other === undefined) return false
    return one.at < other.at || (one.at === other.at && one.order < other.order)
  }

  /** Puts the two in order; whether they had to change places. */
  #swapped(upper: number, lower: number): boolean {
    const [high, low] = [this.#heap[upper], this.#heap[lower]]
    if (high === undefined || low === undefined || !this.#isBefore(lower, upper)) return false
    this.#heap[upper] = low
    this.#heap[lower] = high
    return true
  }
}

/** Lets every promise that can go on do so: a turn of the event loop begins when none is left. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** One run of one process: what it planned dies with it, and waits while it is stopped. */
export class Life {
  alive = true
  pausedUntil = 0
  wallOffset = 1_700_000_000_000

  constructor(private readonly world: World) {}

  after(delay: number, task: () => void): void {
    this.world.after(delay, () => {
      if (!this.alive) return
      if (this.pausedUntil > this.world.now) this.after(Math.ceil(this.pausedUntil - this.world.now), task)
      else task()
    })
  }

  get clock(): Clock {
    return {
      now: () => ms(this.world.now),
      wall: () => ms(this.world.now + this.wallOffset),
      soon: (task) => this.after(0, task),
      after: (delay: Ms, task) => {
        let cancelled = false
        this.after(delay, () => {
          if (!cancelled) task()
        })
        return { cancel: () => (cancelled = true) }
      },
    }
  }

  get random(): Random {
    const { dice } = this.world
    return { below: (limit) => dice.below(limit), identifier: () => `id-${dice.below(2 ** 31)}` }
  }
}
