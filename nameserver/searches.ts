/**
 * Searches through all names, so that none holds up whoever else calls: one after another, in turns by whoever asks and
 * in slices, each as of the moment at which it began. An address that has searched for long must let others go first.
 */
import { ms, type Clock } from '../lib/ports.js'
import { OverloadedError } from '../lib/rpc/errors.js'
import { addressOf, FairQueue, waiterOf } from '../lib/rpc/answering/fair-queue.js'
import type { ConnectionContext } from '../lib/rpc/exposed.js'
import { Slices } from '../lib/rpc/slices.js'
import { SEARCH_MS, type Time } from './search.js'
import { withoutStack } from '../lib/without-stack.js'

/** How long searches run before other input is let through. Milliseconds. */
const SLICE_MS = 3
/**
 * A slice ends after the name at which it is over: what goes by beyond this was another process's time. Milliseconds.
 */
const SLICE_COUNTED_MS = 10
/** Searches that wait at one time. */
const WAITING_MAX = 64
/** Of the time that goes by, so much may be spent on an address's searches in the long run. */
const SHARE = 0.1
/** Addresses whose searches are counted at one time. */
const ADDRESSES_MAX = 10_000

/** Gives control back again and again; what it returns is found. */
export type Search<T> = Generator<undefined, T, undefined>

export class Searches {
  readonly #waiting = new FairQueue<Waiting>(WAITING_MAX)
  readonly #accounts = new Map<string, Account>()
  readonly #slices: Slices
  #underWay: Waiting | undefined

  constructor(private readonly clock: Clock) {
    this.#slices = new Slices(clock, SLICE_MS, () => this.#runSome())
  }

  /**
   * Calls `begin` when it is its turn, and runs what it gives to the end. Its time is the one that counts: that in
   * which the search runs. Rejects with what the search throws, and with OVERLOADED when the address has searched too
   * much of late, or too many wait, or too many of the same connection.
   */
  run<T>(connection: ConnectionContext, begin: (time: Time) => Search<T>): Promise<T> {
    const account = this.#accountOf(addressOf(connection))
    return new Promise((resolve, reject) => {
      const waiting = new UnderWay(this.clock, this.#slices, account, begin, resolve, reject)
      if (this.#waiting.put(waiterOf(connection), waiting)) this.#slices.plan()
      else reject(tooMuch())
    })
  }

  #runSome(): boolean {
    while (this.#slices.hasRoom()) {
      this.#underWay ??= this.#waiting.take()
      if (this.#underWay === undefined) return false
      if (this.#underWay.hasEndedAfterSlice()) this.#underWay = undefined
    }
    return this.#underWay !== undefined || this.#waiting.size > 0
  }

  #accountOf(address: string): Account {
    const known = this.#accounts.get(address)
    if (known !== undefined) return known
    const [oldest] = this.#accounts.keys()
    if (oldest !== undefined && this.#accounts.size >= ADDRESSES_MAX) this.#accounts.delete(oldest)
    const account = new Account(this.clock)
    this.#accounts.set(address, account)
    return account
  }
}

interface Waiting {
  hasEndedAfterSlice(): boolean
}

/** What one address has spent on searches, as far as it is not forgiven. */
class Account {
  #spentMs = 0
  #at: number

  constructor(private readonly clock: Clock) {
    this.#at = clock.now()
  }

  get isExhausted(): boolean {
    const now = this.clock.now()
    this.#spentMs = Math.max(0, this.#spentMs - (now - this.#at) * SHARE)
    this.#at = now
    return this.#spentMs >= SEARCH_MS
  }

  spend(milliseconds: number): void {
    this.#spentMs += milliseconds
  }
}

class UnderWay<T> implements Waiting {
  #search: Search<T> | undefined
  /** In slices before this one. */
  #ranMs = 0
  #since = 0

  constructor(
    private readonly clock: Clock,
    private readonly slices: Slices,
    private readonly account: Account,
    private readonly begin: (time: Time) => Search<T>,
    private readonly resolve: (found: T) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  hasEndedAfterSlice(): boolean {
    this.#since = this.clock.now()
    try {
      if (this.#search === undefined && this.account.isExhausted) throw tooMuch()
      this.#search ??= this.begin({ now: () => ms(this.#ranMs + this.#sliceMs) })
      return this.#hasFound(this.#search)
    } catch (error) {
      this.reject(error)
      return true
    } finally {
      this.account.spend(this.#sliceMs)
      this.#ranMs += this.#sliceMs
    }
  }

  #hasFound(search: Search<T>): boolean {
    do {
      const next = search.next()
      if (next.done === true) {
        this.resolve(next.value)
        return true
      }
    } while (this.slices.hasRoom())
    return false
  }

  get #sliceMs(): number {
    return Math.min(this.clock.now() - this.#since, SLICE_COUNTED_MS)
  }
}

function tooMuch(): OverloadedError {
  return withoutStack(
    () => new OverloadedError('too much is being searched for: give a prefix, or ask again later'),
  )
}
