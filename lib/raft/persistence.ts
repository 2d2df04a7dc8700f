import type { Effect, Exchange, HardState, LogIndex, PersistToken, Response, Term } from './types.js'
import { logIndex, persistToken } from './types.js'
import { violation } from './invariant.js'
import type { RaftLog } from './log.js'

/** One persist effect that is on its way to disk, and what its completion will prove. */
interface Pending {
  readonly token: PersistToken
  readonly hardState: boolean
  readonly first: number
  /** Lowered by every truncation behind it; below `first`: nothing of its entries is left to prove. */
  last: number
}

/** Where a log begins: behind the last entry of a snapshot. */
interface Begin {
  readonly index: LogIndex
  readonly term: Term
}

/**
 * What is on disk, on its way there, and still to be written. One step makes at most one persist effect; until that
 * is built at the step's end, `#hardStateChanged`, `#appendedFrom`, `#truncatedFrom` and `#reset` collect what goes
 * into it.
 *
 * Persists complete in order, and a completion proves its entries only as far as no later step has truncated them.
 * It is not enough to compare terms at completion: the log may have gone from entry A to B and back to an equal A
 * meanwhile (the ABA case), and then the disk is still to lose the first A.
 *
 * Invariant: tokens grow along `#pending`; nothing at or below `durableIndex` awaits a truncation.
 */
export class Persistence {
  /** This step has changed something that must last: it is to be flushed at the step's end. */
  isDue = false
  #pending: Pending[] = []
  #nextToken = 1
  #hardStateChanged = false
  #appendedFrom = Infinity
  #truncatedFrom = Infinity
  #reset: Begin | undefined
  #handedOver: LogIndex

  /** The last index that is durable, as far as the log still holds it. */
  durableIndex: LogIndex

  constructor(lastIndex: LogIndex) {
    this.durableIndex = lastIndex
    this.#handedOver = lastIndex
  }

  hardStateChanged(): void {
    this.#hardStateChanged = true
    this.isDue = true
  }

  appended(from: LogIndex): void {
    this.isDue = true
    this.#appendedFrom = Math.min(this.#appendedFrom, from)
  }

  truncated(from: LogIndex): void {
    this.isDue = true
    for (const pending of this.#pending) pending.last = Math.min(pending.last, from - 1)
    this.durableIndex = logIndex(Math.min(this.durableIndex, from - 1))
    if (from <= this.#handedOver) this.#truncatedFrom = Math.min(this.#truncatedFrom, from)
  }

  /** The whole log gives way to a snapshot: what is on its way to disk will prove nothing any more. */
  reset(begin: Begin): void {
    for (const pending of this.#pending) pending.last = -1
    this.durableIndex = logIndex(0)
    this.#reset = begin
    this.isDue = true
    this.#appendedFrom = Infinity
    this.#truncatedFrom = Infinity
    this.#handedOver = begin.index
  }

  /** What must be durable before currentTerm and votedFor, as they stand now, may be told to anyone. */
  hardStateToken(): PersistToken | undefined {
    if (this.#hardStateChanged) return persistToken(this.#nextToken)
    return this.#pending.findLast((pending) => pending.hardState)?.token
  }

  /** What must be durable before `index`, as the log holds it now, may be acknowledged. */
  indexToken(index: LogIndex): PersistToken | undefined {
    if (index <= this.durableIndex) return undefined
    if (index >= this.#appendedFrom || this.#reset !== undefined) return persistToken(this.#nextToken)
    const pending = this.#pending.findLast(({ first, last }) => first <= index && index <= last)
    if (pending !== undefined) return pending.token
    throw violation('An entry is durable or on its way to disk', { index, durableIndex: this.durableIndex })
  }

  /** The step's one persist effect, or undefined when nothing is left of what the step has changed. */
  flush(hardState: HardState, log: RaftLog): Effect | undefined {
    this.isDue = false
    const truncated = this.#truncatedFrom < Infinity
    const appended = this.#appendedFrom <= log.lastIndex
    const reset = this.#reset
    if (!this.#hardStateChanged && !truncated && !appended && reset === undefined) return undefined
    const token = persistToken(this.#nextToken++)
    const first = appended ? this.#appendedFrom : log.lastIndex + 1
    const effect: Effect = {
      type: 'persist',
      token,
      ...(this.#hardStateChanged && { hardState }),
      ...(reset !== undefined && { reset }),
      ...(truncated && { truncateFrom: logIndex(this.#truncatedFrom) }),
      entries: appended ? log.slice(logIndex(first), log.lastIndex) : [],
    }
    const provenFrom = reset === undefined ? first : 0
    this.#pending.push({ token, hardState: this.#hardStateChanged, first: provenFrom, last: log.lastIndex })
    this.#startAfresh(log.lastIndex)
    return effect
  }

  /** `token` and all before it are durable. Unknown and repeated tokens change nothing. */
  completed(token: PersistToken): void {
    const done = this.#pending.filter((pending) => pending.token <= token)
    this.#pending = this.#pending.slice(done.length)
    for (const { first, last } of done) {
      if (first <= last) this.durableIndex = logIndex(Math.max(this.durableIndex, last))
    }
  }

  #startAfresh(lastIndex: LogIndex): void {
    this.#hardStateChanged = false
    this.#appendedFrom = Infinity
    this.#truncatedFrom = Infinity
    this.#reset = undefined
    this.#handedOver = lastIndex
  }
}

/** As much of a server's state as it answers with. */
interface Answering {
  readonly persistence: Persistence
  readonly effects: Effect[]
}

/** Answers once term and vote, as they stand now, and the entries up to `durable` are on disk. */
export function reply(
  { persistence, effects }: Answering,
  exchange: Exchange,
  message: Response,
  durable: LogIndex = logIndex(0),
): void {
  const hardState = persistence.hardStateToken()
  const entries = persistence.indexToken(durable)
  const after =
    hardState === undefined || (entries !== undefined && entries > hardState) ? entries : hardState
  effects.push({ type: 'reply', exchange, message, ...(after !== undefined && { after }) })
}
