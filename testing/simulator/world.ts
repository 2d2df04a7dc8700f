/** One seeded queue of events: the only time and the only chance that a simulated cluster has. */
import { Dice } from './dice.js'
import { EventQueue } from './event-queue.js'
import type { Event, Task } from './event-queue.js'
import { Trace } from './trace.js'

export class World {
  readonly dice: Dice
  readonly trace = new Trace()
  /** How often what happened: what a run has exercised. */
  readonly tally = new Map<string, number>()
  /** Milliseconds since the world began. */
  now = 0
  /** Events that have been run. */
  events = 0
  /** Faults may strike. */
  isChaotic = true
  #broken: Error | undefined
  readonly #queue = new EventQueue()

  constructor(readonly seed: number) {
    this.dice = new Dice(seed)
  }

  /** Writes a line of the story. */
  note(line: string): void {
    this.trace.add(`${this.now.toFixed(3)} ${line}`)
  }

  /** For the account of what the seeds have exercised. */
  count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1)
  }

  /** The same of a fault. The end of all faults, at which everybody crashes, is none. */
  strike(fault: string): void {
    if (this.isChaotic) this.count(fault)
  }

  sleep(delay: number): Promise<void> {
    return new Promise((resolve) => void this.after(delay, resolve))
  }

  /** Starts what goes on by itself. An error that it does not catch is a failure of the run. */
  spawn(task: () => Promise<unknown>): void {
    task().catch((error: unknown) => this.fail(error))
  }

  /** Something has happened that must never happen. The first of these ends the run: `run` throws it. */
  fail(error: unknown): void {
    this.#broken ??= error instanceof Error ? error : new Error(String(error))
  }

  /** Runs the task again and again while faults may strike. */
  repeat(task: () => void, meanMs: number): void {
    this.after(this.dice.delay(meanMs), () => {
      if (!this.isChaotic) return
      task()
      this.repeat(task, meanMs)
    })
  }

  /** Runs the task once, `delay` milliseconds from now. */
  after(delay: number, task: Task): Event {
    return this.#queue.push(this.now + delay, task)
  }

  /**
   * Runs events up to the time `until`, with `check` after each once all that it set off has run, as long as `goesOn`
   * says so. Throws what `check` throws, and what {@link fail} was told.
   */
  async run(until: number, check: () => void, goesOn: () => boolean = () => true): Promise<void> {
    // What was set off outside of any event.
    await quiet()
    while (goesOn()) {
      const next = this.#queue.pop(until)
      if (next === undefined) {
        this.now = Math.max(this.now, until)
        return
      }
      this.now = Math.max(this.now, next.at)
      this.events++
      if (next.task() === IDLE) continue
      await quiet()
      if (this.#broken !== undefined) throw this.#broken
      check()
    }
  }
}

/** What a task returns that has woken nobody: there is nothing to wait for, and nothing to check. */
export const IDLE = 'idle'

/** Lets every promise that can go on do so: a turn of the event loop begins when none is left. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
