/** One run of one process: what it planned dies with it, and waits while it is stopped. */
import { ms } from '../../lib/ports.js'
import type { Clock, Ms, Random, Timer } from '../../lib/ports.js'
import { IDLE } from './world.js'
import type { World } from './world.js'

export interface LifeOptions {
  /** By how much the process's clock runs faster than the world's; negative: slower. Parts per million, default 0. */
  readonly driftPpm?: number
  /** What the clock on the wall shows when the world begins. Milliseconds since 1970. */
  readonly wallAtBeginning?: number
  /** Its connections carry no frames, as those of older builds. Default false. */
  readonly speaksTextAlone?: boolean
}

const WALL_AT_BEGINNING = 1_700_000_000_000

export class Life {
  readonly clock: Clock
  readonly random: Random
  /** False once the process has ended. */
  isAlive = true
  readonly speaksTextAlone: boolean
  readonly #world: World
  readonly #rate: number
  #wallOffset: number
  #pausedUntil = 0

  constructor(world: World, options: LifeOptions = {}) {
    const { driftPpm = 0, wallAtBeginning = WALL_AT_BEGINNING, speaksTextAlone = false } = options
    this.speaksTextAlone = speaksTextAlone
    this.#world = world
    this.#rate = 1 + driftPpm / 1_000_000
    this.#wallOffset = wallAtBeginning
    this.clock = {
      now: () => ms(world.now * this.#rate),
      wall: () => ms(Math.max(0, world.now * this.#rate + this.#wallOffset)),
      soon: (task) => void this.after(0, task),
      after: (delay: Ms, task) => this.after(delay / this.#rate, task),
    }
    const { dice } = world
    this.random = { below: (limit) => dice.below(limit), identifier: () => identifier(dice) }
  }

  /**
   * Runs the task once, after so many milliseconds of the world, if the process still lives then and is not stopped.
   */
  after(delay: number, task: () => void): Timer {
    let isCancelled = false
    const run = (): unknown => {
      if (isCancelled || !this.isAlive) return IDLE
      if (!this.isPaused) {
        task()
        return undefined
      }
      planned = this.#world.after(this.#pausedUntil - this.#world.now, run)
      return IDLE
    }
    let planned = this.#world.after(delay, run)
    return {
      cancel: () => {
        isCancelled = true
        planned.cancel()
      },
    }
  }

  get isPaused(): boolean {
    return this.#pausedUntil > this.#world.now
  }

  /** The process stands still for so long, as after SIGSTOP; its clock goes on. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#world.now + milliseconds)
  }

  /** Somebody sets the clock on the wall: forward, or back when negative. */
  stepWall(milliseconds: number): void {
    this.#wallOffset += milliseconds
  }

  /** Nothing that it has planned will happen. */
  end(): void {
    this.isAlive = false
  }
}

/** Looks as one does; unique as far as a simulation needs it. */
function identifier(dice: World['dice']): string {
  const digits = (): string => dice.below(0x10000).toString(16).padStart(4, '0')
  const [a, b, c, d, e] = [digits(), digits(), digits(), digits(), digits()]
  return `${a}${b}-${c}-4${d.slice(1)}-8${e.slice(1)}-${digits()}${digits()}${digits()}`
}
