/**
 * Who may stay when there are more connections than the process can have. Each takes a descriptor, and storage must
 * always find one: a member that can open no segment of its log ends. So beyond a number of connections the one that
 * has said nothing for the longest time makes room, if that is long enough; otherwise the newcomer has a moment to show
 * that it is a fellow, from when it is read, whose connections keep their places, and beyond a few such newcomers
 * nobody is let in. From one address of another machine no more than a share may come, which leaves places for all
 * others. Who is turned away takes a descriptor, too, until it has read so: of those only a few are told why.
 */

/** A connection as the count sees it. */
export interface Guest {
  /**
   * When it was last heard, on the clock of `now`, as far as was seen by asking: ask from time to time. Milliseconds.
   */
  heardAt(): number
  readonly isFavoured: boolean
  /** Of which there may be a share alone. Undefined: it is this machine's, or not known. */
  readonly address?: string | undefined
  /** Ends it with a word of why, which takes a moment. */
  turnAway(): void
  /** Ends it now, without a word. */
  drop(): void
}

export interface SeatsOptions {
  readonly connectionsMax: number
  /** Milliseconds. */
  readonly now: () => number
  readonly after: (delayMs: number, task: () => void) => void
}

/**
 * Who has said nothing for so long makes room for others. Calls that wait for long are kept alive by pings in between.
 */
const IDLE_MS = 10_000
const NEWCOMERS_MAX = 32
const NEWCOMER_MS = 1_000
/** Of all places those of one address: many callers may be behind one. */
const ADDRESS_SHARE = 1 / 4
/** Who are told why they have to go, at one time. */
const LEAVING_MAX = 32
/** How often it is looked who is idle, when half of the places are taken. */
const LOOK_EVERY_MS = 1_000
/** So many make room at a time, as to find them takes a look at all. */
const LEAVING_AT_ONCE = 32

export class Seats {
  readonly #options: SeatsOptions
  readonly #guests = new Set<Guest>()
  readonly #newcomers = new Set<Guest>()
  /** Turned away, and not gone yet. */
  readonly #leaving = new Set<Guest>()
  #isLooking = false
  /** Of the guests, by their addresses. */
  readonly #byAddress = new Map<string, number>()

  constructor(options: SeatsOptions) {
    this.#options = options
  }

  /** A connection has come in. It may be turned away in this call, or later. */
  take(guest: Guest): void {
    if (this.#guests.size > this.#options.connectionsMax / 2) this.#lookLater()
    if (this.#hasPlaceFor(guest)) this.#seat(guest)
    else if (this.#newcomers.size < NEWCOMERS_MAX) this.#newcomers.add(guest)
    else this.#turnAway(guest)
  }

  /** Its first words are read from now on. */
  read(guest: Guest): void {
    if (this.#newcomers.has(guest)) this.#try(guest)
  }

  /** It has ended. */
  leave(guest: Guest): void {
    if (this.#guests.delete(guest)) this.#count(guest, -1)
    this.#newcomers.delete(guest)
    this.#leaving.delete(guest)
  }

  #hasPlaceFor({ address }: Guest): boolean {
    const { connectionsMax } = this.#options
    if (this.#guests.size >= connectionsMax) return false
    return address === undefined || (this.#byAddress.get(address) ?? 0) < connectionsMax * ADDRESS_SHARE
  }

  #seat(guest: Guest): void {
    this.#guests.add(guest)
    this.#count(guest, 1)
  }

  #count({ address }: Guest, by: 1 | -1): void {
    if (address === undefined) return
    const count = (this.#byAddress.get(address) ?? 0) + by
    if (count > 0) this.#byAddress.set(address, count)
    else this.#byAddress.delete(address)
  }

  #lookLater(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    this.#options.after(LOOK_EVERY_MS, () => {
      this.#isLooking = false
      this.#look()
    })
  }

  #look(): void {
    const { connectionsMax, now } = this.#options
    const since = now() - IDLE_MS
    const idle = [...this.#guests].filter((guest) => guest.heardAt() < since && !guest.isFavoured)
    if (this.#guests.size >= connectionsMax) {
      idle.sort((a, b) => a.heardAt() - b.heardAt())
      for (const guest of idle.slice(0, LEAVING_AT_ONCE)) this.#turnAway(guest)
    }
    if (this.#guests.size > connectionsMax / 2) this.#lookLater()
  }

  #turnAway(guest: Guest): void {
    this.leave(guest)
    if (this.#leaving.size >= LEAVING_MAX) {
      guest.drop()
      return
    }
    this.#leaving.add(guest)
    guest.turnAway()
  }

  #try(guest: Guest): void {
    this.#options.after(NEWCOMER_MS, () => {
      if (!this.#newcomers.delete(guest)) return
      if (guest.isFavoured || this.#hasPlaceFor(guest)) this.#seat(guest)
      else this.#turnAway(guest)
    })
  }
}
