/** The disk of a simulated machine: what goes wrong with it, beside what a crash takes away. */
import type { Life } from './life.js'
import { MemoryDisk } from './memory-disk.js'
import type { DiskOperation } from './memory-disk.js'
import type { World } from './world.js'

export interface DiskFaults {
  /** Of the exponentially distributed time that an operation takes. Milliseconds. */
  readonly meanDelayMs: number
  /** Operations that fail: the disk has had it. Per thousand. */
  readonly failPerMille: number
  /** Operations during which the machine loses power. Per thousand. */
  readonly crashPerMille: number
  /** There is no room for what is to be written. */
  readonly isFull: boolean
}

export const calmDisk: DiskFaults = { meanDelayMs: 1, failPerMille: 0, crashPerMille: 0, isFull: false }

export interface SimulatedDiskOptions {
  readonly world: World
  readonly name: string
  /** Whoever uses the disk now. */
  readonly life: () => Life | undefined
  readonly faults: () => DiskFaults
  readonly crash: () => void
}

const NEEDS_ROOM: ReadonlySet<DiskOperation> = new Set(['write'])

/** As the system says it. */
class DiskError extends Error {
  constructor(
    readonly code: 'EIO' | 'ENOSPC',
    operation: DiskOperation,
    file: string,
  ) {
    super(`${code}: ${operation} ${file}`)
  }
}

/** A simulated disk is the cause. A program that ends for that is right. */
export function isOfDisk(error: unknown): boolean {
  return error instanceof DiskError || (error instanceof Error && isOfDisk(error.cause))
}

export class SimulatedDisk extends MemoryDisk {
  readonly #world: World
  /** When it was last at work. */
  #lastAt = 0

  constructor({ world, name, life, faults, crash }: SimulatedDiskOptions) {
    super({
      name,
      schedule: (task) => {
        this.#lastAt = world.now
        life()?.after(world.dice.delay(faults().meanDelayMs), () => {
          this.#lastAt = world.now
          task()
        })
      },
      fault: (operation, file) => {
        const { failPerMille, crashPerMille, isFull } = faults()
        const current = life()
        if (world.dice.chance(crashPerMille)) {
          world.strike('power failures in the midst of a disk operation')
          current?.after(0, () => crash())
        }
        if (isFull && NEEDS_ROOM.has(operation)) {
          world.strike('writes that found no room')
          return new DiskError('ENOSPC', operation, file)
        }
        if (!world.dice.chance(failPerMille)) return undefined
        world.strike('failed disk operations')
        return new DiskError('EIO', operation, file)
      },
      writesDurably: world.dice.chance(500),
      chance: world.dice,
    })
    this.#world = world
  }

  /** For how long nobody has asked anything of it. Virtual milliseconds. */
  get restMs(): number {
    return this.#world.now - this.#lastAt
  }
}
