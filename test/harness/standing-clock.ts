import { ms, type Clock } from '../../lib/ports.js'

/** Time passes only by what a test says, and `soon` runs when it says that the process looks for input. */
export class StandingClock implements Clock {
  time = 1000
  readonly #soon: (() => void)[] = []

  now = () => ms(this.time)
  wall = () => ms(this.time)
  after = () => ({ cancel: () => undefined })
  soon = (task: () => void) => void this.#soon.push(task)

  /** Runs what was planned up to now. False: nothing was. */
  look(): boolean {
    const tasks = this.#soon.splice(0)
    for (const task of tasks) task()
    return tasks.length > 0
  }
}
