/**
 * What one end of a simulated connection says, until the other end's buffers have taken it. It arrives in order, as
 * over TCP; between members each message travels by itself, and may be lost, doubled and overtaken: but for the first,
 * the hello, without which no line would come about for long.
 */
import type { Path, Paths } from './paths.js'
import { IDLE } from './world.js'
import type { World } from './world.js'

/** Above this the sender wants to hear when everything has gone. Bytes, about. */
const HIGH_WATER = 16 * 1024

/** What is read at once. */
export interface Batch {
  readonly said: (string | Uint8Array)[]
  /** What it takes in the buffers, about. */
  bytes: number
  /** The other end has it. */
  isGone: boolean
  /** The place, from 1 on, of a message that travels by itself. A copy of another one has none. */
  readonly order?: number
}

export type Incoming = Batch | 'end'

/** The other end. */
export interface Hearer {
  arrived(incoming: Incoming): unknown
}

export class SendBuffer {
  /** The way to the other end. */
  path: Path
  /** Said, and not taken yet. */
  bufferedBytes = 0
  takenBytes = 0
  readonly #world: World
  readonly #paths: Paths
  readonly #drained: () => void
  #hearer: Hearer | undefined
  #isBetweenMembers = false
  #open: { readonly batch: Batch; readonly event: number } | undefined
  #lastArrival = 0
  /** When the line has carried what was said so far. */
  #busyUntil = 0
  #isAboveMark = false
  #said = 0

  /** `drained`: told when all has gone, after there was more than {@link HIGH_WATER}. */
  constructor(world: World, paths: Paths, path: Path, drained: () => void) {
    this.#world = world
    this.#paths = paths
    this.path = path
    this.#drained = drained
  }

  /** Whoever hears what is said from now on. */
  connect(hearer: Hearer, path: Path, isBetweenMembers: boolean): void {
    this.#hearer = hearer
    this.path = path
    this.#isBetweenMembers = isBetweenMembers
  }

  say(text: string | Uint8Array): void {
    const bytes = text.length + 1
    this.bufferedBytes += bytes
    if (this.bufferedBytes > HIGH_WATER) this.#isAboveMark = true
    if (this.#isBetweenMembers && this.#said > 0) this.#dispatch(text, bytes)
    else this.#join(text, bytes)
    this.#said++
  }

  end(): void {
    this.travel(false, () => this.#arrive('end'))
  }

  /** What was said in this very event stays unsaid, as far as it goes in order. */
  withdraw(): void {
    if (this.#open?.event === this.#world.events) this.#open.batch.said.length = 0
  }

  /** The other end's buffers have so much, or it is lost. */
  taken(bytes: number): typeof IDLE {
    this.bufferedBytes = Math.max(0, this.bufferedBytes - bytes)
    this.takenBytes += bytes
    if (this.bufferedBytes > 0 || !this.#isAboveMark) return IDLE
    this.#isAboveMark = false
    this.#drained()
    return IDLE
  }

  /** In the order of the calls. `isRead`: it is something that was said, of so many bytes. */
  travel(isRead: boolean, deliver: () => unknown, bytes = 0): void {
    const { dice } = this.#world
    const at = Math.max(
      this.#carriedAt(bytes) + dice.delay(this.#paths.faults.meanDelayMs),
      this.#lastArrival,
    )
    if (isRead || !this.#isBetweenMembers) this.#lastArrival = at
    this.path.carry(at, false, deliver)
  }

  /** Messages of one turn are one read. */
  #join(text: string | Uint8Array, bytes: number): void {
    const { events } = this.#world
    const open = this.#open
    if (open !== undefined && open.event === events && !open.batch.isGone) {
      open.batch.said.push(text)
      open.batch.bytes += bytes
      this.#carriedAt(bytes)
      return
    }
    const batch = { said: [text], bytes, isGone: false }
    this.#open = { batch, event: events }
    this.travel(true, () => this.#arrive(batch), bytes)
  }

  #dispatch(text: string | Uint8Array, bytes: number): void {
    const { dice } = this.#world
    const { lossPerMille, duplicatePerMille, meanDelayMs } = this.#paths.faults
    if (dice.chance(lossPerMille)) {
      this.#world.strike('messages lost')
      this.#world.after(meanDelayMs, () => this.taken(bytes))
      return
    }
    const isDoubled = dice.chance(duplicatePerMille)
    this.#carry({ said: [text], bytes, isGone: false, order: this.#said })
    if (!isDoubled) return
    this.#world.strike('messages doubled')
    this.#carry({ said: [text], bytes: 0, isGone: false })
  }

  #carry(batch: Batch): void {
    const { dice } = this.#world
    const at = this.#carriedAt(batch.bytes) + dice.delay(this.#paths.faults.meanDelayMs)
    this.path.carry(at, true, () => this.#arrive(batch))
  }

  /** When the last of so many bytes more is on its way. */
  #carriedAt(bytes: number): number {
    const { bytesPerMs = Infinity } = this.#paths.faults
    this.#busyUntil = Math.max(this.#world.now, this.#busyUntil) + bytes / bytesPerMs
    return this.#busyUntil
  }

  #arrive(incoming: Incoming): unknown {
    return this.#hearer?.arrived(incoming) ?? IDLE
  }
}
