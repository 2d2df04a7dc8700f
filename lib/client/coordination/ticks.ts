/** When a cron expression has its ticks, as instants: reckoned by the library from one instant to the next. */
import { Cron } from 'croner'
import { InvalidParamsError } from '../../rpc/errors.js'

/** What was missed is counted no further. */
const COUNTED_MAX = 1_000
/** It is looked for within a minute, then within twice as long each time: February 29 may be eight years away. */
const LOOKED_BACK_MS = { first: 60_000, most: 9 * 366 * 86_400_000 }

/** All times in milliseconds since 1970. */
export class Ticks {
  readonly #cron: Cron

  /** @throws InvalidParamsError for an expression or a time zone that is none */
  constructor(expression: string, timeZone: string) {
    try {
      this.#cron = new Cron(expression, { timezone: timeZone })
      this.#cron.nextRun(new Date(0))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new InvalidParamsError(
        `every: ${JSON.stringify(expression)} in the time zone ${JSON.stringify(timeZone)}: ${why}`,
      )
    }
  }

  /** The first one after that time. Undefined: there is none any more. */
  after(time: number): number | undefined {
    return this.#cron.nextRun(new Date(time))?.getTime()
  }

  /** The last one that is over or has just come. Undefined: there was none. */
  latest(now: number): number | undefined {
    for (let span = LOOKED_BACK_MS.first; span <= LOOKED_BACK_MS.most; span *= 2) {
      let latest: number | undefined
      for (let tick = this.after(now - span); tick !== undefined && tick <= now; tick = this.after(tick))
        latest = tick
      if (latest !== undefined) return latest
    }
    return undefined
  }

  /** How many there are between the two, without them; 1,000 where there are more. */
  countBetween(since: number, end: number): number {
    let count = 0
    for (let tick = this.after(since); tick !== undefined && tick < end; tick = this.after(tick))
      if ((count += 1) === COUNTED_MAX) break
    return count
  }
}
