/**
 * The time that commands see. It is written into each entry by the leader that appends it, and read from there by
 * every replica. A leader does not trust its wall clock alone: between two entries log time passes as on the
 * monotonic clock, and where the wall clock says more, at most an eighth faster, until both agree. So a wall clock that
 * jumps forward ends no lease or session early by more than that, one that jumps back stops nothing, and idle hours
 * count in full. A replica that has just started does not know how old its last entry is: the others tell it. The bound
 * does not hold for the first entry after all members were down: nobody knows then how long that was.
 */
import type { Clock } from '../../ports.js'

const CATCH_UP = 1 / 8
/** Each entry is as old as its way here was long: to go by each would make log time slower than any clock. */
const CORRECTED_AFTER_MS = 60_000

export class LogTime {
  #now = 0
  /** What log time was at a moment of the monotonic clock; below 0 while only entries of an earlier run were seen. */
  #knownTime = -1
  #knownAt = 0

  constructor(private readonly clock: Clock) {}

  /** Milliseconds since 1970, as of the last command applied; 0 before the first. */
  get now(): number {
    return this.#now
  }

  /** What it must be by now, as time passes; undefined while nobody knows. A whole number. */
  get reckoned(): number | undefined {
    if (this.#knownTime < 0) return undefined
    const passed = this.clock.now() - this.#knownAt
    return Math.max(this.#now, Math.floor(this.#knownTime + passed))
  }

  /** What another replica reckons. Whoever knows by itself goes by that. */
  told(time: number): void {
    if (this.#knownTime < 0) this.#know(time)
  }

  /**
   * Takes the time of an entry that is being applied; `recent` where it was written since this replica started. One that
   * is behind what is reckoned says nothing of now, unless clocks can have gone so far apart.
   */
  advance(time: number, recent: boolean): number {
    const now = Math.max(this.#now, time)
    this.#now = now
    if (!recent) return now
    const passed = this.clock.now() - this.#knownAt
    const tolerated = passed < CORRECTED_AFTER_MS ? 0 : passed * CATCH_UP
    const isBehind = this.#knownTime >= 0 && this.#knownTime + passed - now > tolerated
    if (isBehind) return now
    this.#knownTime = now
    this.#knownAt = this.clock.now()
    return now
  }

  /** Takes the time of a snapshot. Nobody knows how long ago that was. */
  restore(time: number): void {
    if (time <= this.#now) return
    const { reckoned } = this
    this.#now = time
    if (reckoned !== undefined && reckoned < time) this.#know(time)
  }

  /** The time to write into an entry that is about to be proposed. A whole number. */
  stamp(): number {
    const wall = Math.floor(this.clock.wall())
    if (this.#knownTime < 0) return Math.max(this.#now, wall)
    const passed = this.clock.now() - this.#knownAt
    const earliest = Math.max(this.#now, Math.floor(this.#knownTime + passed))
    return Math.min(Math.max(wall, earliest), Math.floor(earliest + passed * CATCH_UP))
  }

  #know(time: number): void {
    this.#knownTime = time
    this.#knownAt = this.clock.now()
  }
}
