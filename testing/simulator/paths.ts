/**
 * The ways between processes, one for each direction: what travels there takes its time, and stays where it is while
 * the way is cut or clogged.
 */
import { IDLE } from './world.js'
import type { World } from './world.js'

/** What is wrong with every way, drawn once for a run. */
export interface NetworkFaults {
  /** Of the exponentially distributed time that a message is under way. Milliseconds. */
  readonly meanDelayMs: number
  /** Of messages between members, more than TCP would do: they must bear everything. Per thousand, 0-300. */
  readonly lossPerMille: number
  /** Of messages between members that arrive twice. Per thousand, 0-500. */
  readonly duplicatePerMille: number
  /** What a connection carries in each direction. Default: no end of it. */
  readonly bytesPerMs?: number
}

export const PEACE: NetworkFaults = { meanDelayMs: 2, lossPerMille: 0, duplicatePerMille: 0 }

/** From one process to another. */
export class Path {
  isCut = false
  #cloggedUntil = 0
  readonly #held: Parcel[] = []

  constructor(
    readonly from: string,
    readonly to: string,
    private readonly world: World,
    private readonly delivered: (ageMs: number) => void,
  ) {}

  get isBlocked(): boolean {
    return this.isCut || this.#cloggedUntil > this.world.now
  }

  /** `deliver` runs at the time `arrivesAt`, or when the way is free again. `isLossy`: never, if it is cut then. */
  carry(arrivesAt: number, isLossy: boolean, deliver: () => unknown): void {
    const parcel = { sentAt: this.world.now, isLossy, deliver }
    this.world.after(arrivesAt - this.world.now, () => this.#arrive(parcel))
  }

  #arrive(parcel: Parcel): unknown {
    if (this.isCut && parcel.isLossy) return IDLE
    if (!this.isBlocked) {
      this.delivered(this.world.now - parcel.sentAt)
      return parcel.deliver()
    }
    this.#held.push(parcel)
    return IDLE
  }

  /** Nothing gets through for so long; then it all does. */
  clog(milliseconds: number): void {
    this.#cloggedUntil = Math.max(this.#cloggedUntil, this.world.now + milliseconds)
    this.world.after(milliseconds, () => this.release())
  }

  mend(): void {
    this.isCut = false
    this.#cloggedUntil = 0
    this.release()
  }

  /** What waited goes on, in its order, if the way is free. */
  release(): typeof IDLE {
    if (this.isBlocked) return IDLE
    for (const parcel of this.#held.splice(0)) this.world.after(0, () => this.#arrive(parcel))
    return IDLE
  }
}

interface Parcel {
  readonly sentAt: number
  readonly isLossy: boolean
  readonly deliver: () => unknown
}

export class Paths {
  faults: NetworkFaults
  /** The longest that anything has been under way. Milliseconds. */
  oldestDelivered = 0
  readonly #all = new Map<string, Map<string, Path>>()

  constructor(
    private readonly world: World,
    faults: NetworkFaults,
  ) {
    this.faults = faults
  }

  between(from: string, to: string): Path {
    const known = this.#all.get(from) ?? new Map<string, Path>()
    this.#all.set(from, known)
    const path = known.get(to) ?? new Path(from, to, this.world, (ageMs) => this.#delivered(ageMs))
    known.set(to, path)
    return path
  }

  /** Every way is free, and what waited goes on. */
  mend(): void {
    for (const known of this.#all.values()) for (const path of known.values()) path.mend()
  }

  #delivered(ageMs: number): void {
    this.oldestDelivered = Math.max(this.oldestDelivered, ageMs)
  }
}
