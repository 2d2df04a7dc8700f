/**
 * Handshakes of TLS that come in. Each costs more than a call, and memory until it is over, before anybody has shown who
 * he is. So few are under way at a time, of one address fewer still, and of each turn of the event loop one begins. Who
 * waits has not been read beyond the first bytes; addresses wait in turns, so that a flood holds up itself. Whoever takes
 * his time makes room when others wait, and has to be done in ten seconds in any case.
 */
import { ms, type Clock, type Timer } from '../../ports.js'

/** A connection that wants to begin. */
export interface Newcomer {
  readonly address: string
  begin(): void
  /** It has taken too long. It ends. */
  drop(): void
}

/** How many may be under way, in all and of one address. */
const HANDSHAKES_MAX = 64
const HANDSHAKES_OF_ADDRESS_MAX = 16
/** Within this a handshake is over, in ms. */
const PATIENCE_MS = 10_000
/** After this, while others wait. */
const HURRIED_MS = 2_000

export class Handshakes {
  readonly #clock: Clock
  /** When they began, in that order. */
  readonly #underWay = new Map<Newcomer, { readonly startedAt: number; readonly patience: Timer }>()
  readonly #ofAddress = new Map<string, number>()
  /** By address; the one whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<Newcomer>>()
  #isPlanned = false
  #hurry: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get underWay(): number {
    return this.#underWay.size
  }

  /** It begins in this turn or a later one. */
  want(newcomer: Newcomer): void {
    const { address } = newcomer
    const ofSame = this.#waiting.get(address) ?? new Set()
    this.#waiting.set(address, ofSame.add(newcomer))
    this.#plan()
  }

  /** It is over, or its connection is. Harmless when told again. */
  over(newcomer: Newcomer): void {
    const { address } = newcomer
    const waiting = this.#waiting.get(address)
    waiting?.delete(newcomer)
    if (waiting?.size === 0) this.#waiting.delete(address)
    const started = this.#underWay.get(newcomer)
    if (started === undefined) return
    started.patience.cancel()
    this.#underWay.delete(newcomer)
    const left = (this.#ofAddress.get(address) ?? 1) - 1
    if (left === 0) this.#ofAddress.delete(address)
    else this.#ofAddress.set(address, left)
    if (this.#waiting.size > 0) this.#plan()
  }

  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    this.#clock.soon(() => {
      this.#isPlanned = false
      this.#beginOne()
    })
  }

  #beginOne(): void {
    const newcomer = this.#next()
    if (newcomer === undefined) return this.#hurryUp()
    this.#begin(newcomer)
    if (this.#waiting.size > 0) this.#plan()
  }

  /** Undefined: nobody waits, or there is no room for who does. */
  #next(): Newcomer | undefined {
    if (this.#underWay.size >= HANDSHAKES_MAX) return undefined
    for (const [address, waiting] of this.#waiting) {
      if ((this.#ofAddress.get(address) ?? 0) >= HANDSHAKES_OF_ADDRESS_MAX) continue
      const [first] = waiting
      this.#waiting.delete(address)
      if (first !== undefined) waiting.delete(first)
      if (waiting.size > 0) this.#waiting.set(address, waiting)
      return first
    }
    return undefined
  }

  #begin(newcomer: Newcomer): void {
    const { address } = newcomer
    const patience = this.#clock.after(ms(PATIENCE_MS), () => this.#end(newcomer))
    this.#underWay.set(newcomer, { startedAt: this.#clock.now(), patience })
    this.#ofAddress.set(address, (this.#ofAddress.get(address) ?? 0) + 1)
    newcomer.begin()
  }

  #end(newcomer: Newcomer): void {
    this.over(newcomer)
    newcomer.drop()
  }

  /** Looks again when the first of those under way that stand in the way has had its time. */
  #hurryUp(): void {
    if (this.#hurry !== undefined || this.#waiting.size === 0) return
    this.#hurry = this.#clock.after(ms(HURRIED_MS / 4), () => {
      this.#hurry = undefined
      const since = this.#clock.now() - HURRIED_MS
      for (const [newcomer, { startedAt }] of this.#underWay) {
        if (startedAt > since) break
        if (this.#isInTheWay(newcomer)) this.#end(newcomer)
      }
      this.#hurryUp()
    })
  }

  #isInTheWay({ address }: Newcomer): boolean {
    return this.#underWay.size >= HANDSHAKES_MAX || this.#waiting.has(address)
  }
}
