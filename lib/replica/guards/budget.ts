/**
 * How much may wait at one door of a replica: so many calls, and so many bytes in them. Beyond it a call is refused
 * with OVERLOADED, which costs nothing, instead of growing the process until the system ends it.
 */
import type { Clock, Ms } from '../../ports.js'
import { Deadlines } from '../../rpc/deadlines.js'
import { OverloadedError } from '../../rpc/errors.js'
import type { ConnectionContext } from '../../rpc/exposed.js'
import { withoutStack } from '../../without-stack.js'

export interface BudgetLimits {
  readonly calls: number
  readonly bytes: number
}

/** What waits now. */
export interface Load {
  readonly calls: number
  readonly bytes: number
}

/** What is on the way to another member. */
export interface PeerLoad extends Load {
  /** Requests that were not sent because the window was full, since this member started. */
  readonly held: number
}

/** Of commands, queries and watches each. */
export const CALLS_WAITING_MAX: BudgetLimits = { calls: 65_536, bytes: 64 * 1024 * 1024 }

const MIB = 1024 * 1024

/** Counts what waits at one door, or the part of it that one caller holds. */
export class Budget implements Load {
  calls = 0
  bytes = 0

  /** `whole`: what this is a part of. Default: it is the whole. */
  constructor(private readonly whole?: Budget) {}

  get load(): Load {
    return { calls: this.calls, bytes: this.bytes }
  }

  enter(bytes: number): void {
    this.calls += 1
    this.bytes += bytes
    this.whole?.enter(bytes)
  }

  leave(bytes: number): void {
    this.calls -= 1
    this.bytes -= bytes
    this.whole?.leave(bytes)
  }
}

/** What waits at one door, and what of it each caller holds. */
export class Holders {
  readonly all = new Budget()
  readonly #each = new WeakMap<object, Budget>()

  /** Of the one connection; of all for who has none. */
  of(connection: object | undefined): Budget {
    if (connection === undefined) return this.all
    const known = this.#each.get(connection)
    if (known !== undefined) return known
    const part = new Budget(this.all)
    this.#each.set(connection, part)
    return part
  }
}

/** Whether `load` leaves room for one more call of `bytes`. A call alone always has room. */
function hasRoom(load: Load, bytes: number, limits: BudgetLimits): boolean {
  return load.calls < limits.calls && (load.calls === 0 || load.bytes + bytes <= limits.bytes)
}

/**
 * Throws OVERLOADED when the caller that holds `own` may hold no more: as much as is left for all the others. So
 * whoever holds most is refused first, half is the most that one can have, and who holds nothing finds room until
 * nothing is left.
 */
export function checkShare(
  name: string,
  what: string,
  { all }: Holders,
  own: Load,
  bytes: number,
  limits: BudgetLimits,
): void {
  if (!hasRoom(all, bytes, limits)) throw noRoom(name, what, all, limits)
  const left = { calls: limits.calls - all.calls, bytes: limits.bytes - all.bytes }
  if (own === all || hasRoom(own, bytes, left)) return
  throw withoutStack(
    () =>
      new OverloadedError(
        `${name} was refused: ${own.calls} ${what} of this connection, of together ${mebibytes(own)}, wait here already, and ` +
          `what is left is for all others: wait for answers before you send more, or ask again later`,
      ),
  )
}

/** Throws OVERLOADED when there is no room. `what` completes "… are waiting": `commands`. */
export function checkRoom(name: string, what: string, load: Load, bytes: number, limits: BudgetLimits): void {
  if (!hasRoom(load, bytes, limits)) throw noRoom(name, what, load, limits)
}

function noRoom(name: string, what: string, load: Load, limits: BudgetLimits): OverloadedError {
  return withoutStack(
    () =>
      new OverloadedError(
        `${name} was refused: ${load.calls} ${what} of together ${mebibytes(load)} wait here already (at most ${limits.calls}, ` +
          `${Math.floor(limits.bytes / MIB)} MiB): wait for answers before you send more, or ask again later`,
      ),
  )
}

function mebibytes({ bytes }: Load): string {
  return `${Math.ceil(bytes / MIB)} MiB`
}

export interface WaitingCall {
  readonly deadline: Ms
  /** What it keeps in memory: at least the length of the message that it came in. */
  readonly bytes: number
  /** Of the one that it waits for. */
  readonly budget: Budget
}

/**
 * Calls that wait for a value, each until its deadline or its connection's end, and how much they keep in memory
 * meanwhile.
 */
export class WaitingCalls<T extends WaitingCall> {
  readonly holders = new Holders()
  readonly #deadlines: Deadlines<T>
  readonly #numbers = new Map<T, number>()
  #last = 0
  readonly #expired: (call: T) => void
  readonly #end: 'finished' | 'gone'
  /** Of connections whose end will be told. */
  readonly #ofConnection = new Map<Budget, Set<T>>()
  readonly #ended = new WeakSet<Budget>()

  /**
   * `expired` is called once for a call whose time is over; the call is forgotten already. `end`: what of its
   * connection ends a call's time, too: that it sends no more, or that nobody is there.
   */
  constructor(clock: Clock, expired: (call: T) => void, end: 'finished' | 'gone' = 'gone') {
    this.#expired = expired
    this.#end = end
    this.#deadlines = new Deadlines(clock, (call) => {
      this.#left(call)
      expired(call)
    })
  }

  /** What waits here of the connection. Its calls wait no longer than it lasts. */
  of(connection: ConnectionContext | undefined): Budget {
    const budget = this.holders.of(connection)
    if (connection?.onEnd === undefined || this.#ofConnection.has(budget) || this.#ended.has(budget))
      return budget
    this.#ofConnection.set(budget, new Set())
    const gone = (): void => this.#connectionEnded(budget)
    const isAtRest = (): boolean => this.#ofConnection.get(budget)?.size === 0
    connection.onEnd({ ...(this.#end === 'finished' && { finished: gone }), gone, isAtRest })
    return budget
  }

  get budget(): Budget {
    return this.holders.all
  }

  add(call: T): void {
    if (this.#ended.has(call.budget)) {
      this.#expired(call)
      return
    }
    this.#numbers.set(call, ++this.#last)
    this.#deadlines.put(this.#last, call)
    this.#ofConnection.get(call.budget)?.add(call)
    call.budget.enter(call.bytes)
  }

  /** Whether it was waiting still. */
  remove(call: T): boolean {
    const number = this.#numbers.get(call)
    const wasWaiting = number !== undefined && this.#deadlines.take(number) !== undefined
    if (wasWaiting) this.#left(call)
    return wasWaiting
  }

  /** Forgets all, oldest first. */
  drain(): readonly T[] {
    const all = this.#deadlines.takeAll()
    for (const call of all) this.#left(call)
    return all
  }

  #left(call: T): void {
    this.#numbers.delete(call)
    call.budget.leave(call.bytes)
    this.#ofConnection.get(call.budget)?.delete(call)
  }

  #connectionEnded(budget: Budget): void {
    const calls = this.#ofConnection.get(budget) ?? []
    this.#ofConnection.delete(budget)
    this.#ended.add(budget)
    for (const call of calls) if (this.remove(call)) this.#expired(call)
  }
}

/** Twice the core's window of entries, and the heartbeats of a request's time. */
const UNDER_WAY_MAX: BudgetLimits = { calls: 64, bytes: 16 * MIB }

/**
 * What is under way to one other member and has no answer yet. The core's own window bounds the entries on the way;
 * this one bounds everything, whatever the core asks for and however slowly the other member reads.
 */
export class PeerWindow extends Budget {
  #held = 0

  override get load(): PeerLoad {
    return { ...super.load, held: this.#held }
  }

  /** Whether the request may leave; if so, it counts until it leaves the window. */
  admits(bytes: number): boolean {
    const isOpen = hasRoom(this, bytes, UNDER_WAY_MAX)
    if (isOpen) this.enter(bytes)
    else this.#held += 1
    return isOpen
  }
}
