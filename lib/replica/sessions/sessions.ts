/**
 * The table of sessions: a part of the replicated state, which makes a command run once however often it is sent
 * (Raft thesis §6.3). A command that carries a session and a sequence number is looked up here when it is applied:
 *
 *     session unknown or over, or its number forgotten   SESSION_EXPIRED, it is not run
 *     number used by the same command                    the result of the one run, again
 *     number used by another command                     INVALID_PARAMS, it is not run
 *     more is kept than may be                           OVERLOADED, it is not run; the number stays unused
 *     otherwise                                          it is run, and its result is kept
 *
 * Everything here follows from the log alone: time is log time, names are drawn from the entry's own random numbers. A
 * session lasts while it is used; it is over when nothing has come in it for {@link SESSION_TTL_MS}, the time without a
 * leader not counted.
 */
import type { Json } from '../../json.js'
import { OverloadedError } from '../../rpc/errors.js'
import type { CommandResult } from '../objects/hosted.js'
import { KeptResults, resultOf, textOf } from './kept-results.js'
import { LeastRecent, Places } from './least-recent.js'
import { readTableChunk, tableChunks } from './session-chunks.js'
import type { SessionRow, TableTimes } from './session-chunks.js'
import { expired, forgotten, full, reused } from './session-refusals.js'
import { withoutStack } from '../../without-stack.js'

/** How long a session lasts without being used, in milliseconds of log time. */
export const SESSION_TTL_MS = 60_000
/** Sessions that may be open at a time. */
export const SESSIONS_MAX = 100_000
/** Results that one session may keep. */
export const RESULTS_MAX = 4_096
/** What the results of one session may take, in characters of JSON. */
const RESULTS_SIZE_MAX = 16 * 1024 * 1024
/** What all results may take; beyond, a session that holds more than an even share of it must let go of some first. */
export const ALL_RESULTS_SIZE_MAX = 128 * 1024 * 1024

/** Sessions that are over leave a few at a time, so that no command has to wait for thousands. */
const SWEPT_AT_A_TIME = 8

/** Of those that may be unused only so many are looked at, so that nobody waits for thousands. */
const LOOKED_AT_MAX = 64

/** What a command in a session carries. */
export interface SessionRequest {
  readonly session: string
  /** From 1, each used for one command. */
  readonly seq: number
  /** The caller waits for no result below it any more. Default: nothing is forgotten. */
  readonly firstOutstanding?: number | undefined
  /** Of what the command is: the same in each of its attempts. */
  readonly fingerprint: number
}

export interface OpenedSession {
  readonly session: string
  /** How long it lasts without being used. */
  readonly ttlMs: number
}

interface Session {
  readonly id: string
  /** When it was last used. */
  seen: number
  kept: KeptResults
  /** The table's, when this was made. What is older may be part of a snapshot, and is made anew when it is used. */
  readonly epoch: number
}

/** Of every session in which nothing was ever run. It is older than any snapshot, and so it is never changed. */
const NOTHING_KEPT = new KeptResults(-1, 1)

export class Sessions {
  readonly #byId = new Places()
  readonly #byUse = new LeastRecent<Session>()
  /** Of all results that are kept. */
  #size = 0
  /** The latest time that was given. */
  #now = 0
  /** The latest that began. */
  term = 0
  /** When it began: nobody could use a session before, so that all begin anew. */
  #renewedAt = 0
  /** Sessions last seen at this time or before were over when a term began, and stay so. */
  #overUntil = -1
  /** How many snapshots were begun. What is older than the last of them is copied before it is changed. */
  #epoch = 0

  /** Opens a session; `random` is the entry's own. @throws OverloadedError */
  open(index: number, now: number, random: () => number): OpenedSession {
    this.#advance(now)
    if (this.#byId.size >= SESSIONS_MAX) {
      throw withoutStack(
        () => new OverloadedError(`no session was opened: ${SESSIONS_MAX} are open already; ask again later`),
      )
    }
    // The index makes it unique in its cluster, the random part keeps it apart from those of another.
    const id = [index, random() * 2 ** 32, random() * 2 ** 32].map(inLetters).join('-')
    this.#add({ id, seen: this.#now, kept: NOTHING_KEPT, epoch: this.#epoch })
    return { session: id, ttlMs: SESSION_TTL_MS }
  }

  /** Lets the session last from now on as if it had been used. @throws SessionExpiredError */
  keepAlive(id: string, now: number): OpenedSession {
    if (this.#use(id, now) === undefined) throw expired(id)
    return { session: id, ttlMs: SESSION_TTL_MS }
  }

  /** Forgets the session and its results. Whether it was there. */
  close(id: string, now: number): boolean {
    this.#advance(now)
    const session = this.#find(id)
    if (session === undefined) return false
    this.#remove(session)
    return !this.#isOver(session)
  }

  /** Runs the command if this is the first time that it comes; the result of its one run, or why it was not run. */
  run(request: SessionRequest, now: number, command: () => CommandResult): CommandResult {
    const session = this.#use(request.session, now)
    if (session === undefined) return { error: expired(request.session) }
    const { seq, firstOutstanding = 1, fingerprint } = request
    if (firstOutstanding > session.kept.floor)
      this.#size -= this.#changing(session).forgetBelow(firstOutstanding)
    const answered = this.#answered(session, seq, fingerprint)
    if (answered !== undefined) return answered
    const result = command()
    this.#size += this.#changing(session).keep(seq, fingerprint, textOf(result))
    return result
  }

  /**
   * To be told of a new term before its first command is run, with that one's time: every session that was not over
   * lasts its full time from here. Harmless for a term that has begun already.
   */
  termBegan(term: number, now: number): void {
    if (term <= this.term) return
    this.term = term
    if (this.#renewedAt + SESSION_TTL_MS <= this.#now) this.#overUntil = this.#now - SESSION_TTL_MS
    this.#renewedAt = now
  }

  /** How many sessions there are, those that are over and not yet swept included. */
  get count(): number {
    return this.#byId.size
  }

  /** Up to `most` sessions in which nothing was ever run, of those that were used least recently. */
  unused(most: number): readonly string[] {
    const found: string[] = []
    let looked = 0
    for (const { id, kept } of this.#byUse) {
      if (kept.bySeq.size === 0 && kept.floor === 1) found.push(id)
      if (found.length === most || ++looked === LOOKED_AT_MAX) break
    }
    return found
  }

  /** The table as it is now, in chunks of about 64 Ki characters, whatever happens to it before they are taken. */
  capture(): IterableIterator<Json> {
    this.#epoch += 1
    const times = { now: this.#now, term: this.term, renewedAt: this.#renewedAt, overUntil: this.#overUntil }
    return tableChunks(times, this.#byUse.copy())
  }

  /** Fills a new table with what {@link capture} gave out. Rejects for anything else; the table is of no use then. */
  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) {
      const part = readTableChunk(chunk)
      if ('rows' in part) for (const row of part.rows) this.#restoreRow(row)
      else this.#begin(part.times)
    }
  }

  #begin({ now, term, renewedAt, overUntil }: TableTimes): void {
    this.#now = now
    this.term = term
    this.#renewedAt = renewedAt
    this.#overUntil = overUntil
  }

  #restoreRow({ id, seen, floor, results }: SessionRow): void {
    const kept = floor === 1 ? NOTHING_KEPT : new KeptResults(this.#epoch, floor)
    const session = this.#find(id) ?? this.#add({ id, seen, kept, epoch: this.#epoch })
    for (const [seq, { fingerprint, text }] of results)
      this.#size += this.#changing(session).keep(seq, fingerprint, text)
  }

  #find(id: string): Session | undefined {
    const place = this.#byId.get(id)
    return place === undefined ? undefined : this.#byUse.at(place)
  }

  #add(session: Session): Session {
    this.#byId.add(session.id, this.#byUse.add(session))
    return session
  }

  #remove({ id, kept }: Session): void {
    const place = this.#byId.get(id)
    if (place === undefined) return
    this.#byId.delete(id)
    this.#byUse.remove(place)
    this.#size -= kept.size
  }

  /** The session, from now on the most recently used; undefined when it is unknown or over. */
  #use(id: string, now: number): Session | undefined {
    this.#advance(now)
    const place = this.#byId.get(id)
    const session = place === undefined ? undefined : this.#byUse.at(place)
    if (place === undefined || session === undefined || this.#isOver(session)) return undefined
    const used = session.epoch === this.#epoch ? session : { ...session, epoch: this.#epoch }
    used.seen = this.#now
    this.#byUse.use(place, used)
    return used
  }

  /** Log time goes on, and some of the sessions that are over leave. */
  #advance(now: number): void {
    this.#now = Math.max(this.#now, now)
    for (let left = SWEPT_AT_A_TIME; left > 0; left -= 1) {
      const first = this.#byUse.first
      if (first === undefined || !this.#isOver(first)) return
      this.#remove(first)
    }
  }

  #isOver({ seen }: Session): boolean {
    return seen <= this.#overUntil || Math.max(seen, this.#renewedAt) + SESSION_TTL_MS <= this.#now
  }

  /** What the request is answered without being run; undefined when it must be run. */
  #answered({ id, kept }: Session, seq: number, print: number): CommandResult | undefined {
    const known = kept.bySeq.get(seq)
    if (known?.fingerprint === print) return resultOf(known.text)
    if (known !== undefined) return { error: reused(id, seq) }
    if (seq < kept.floor) return { error: forgotten(id, seq, kept.floor) }
    return this.#isFull(kept) ? { error: full(id, kept) } : undefined
  }

  #isFull({ bySeq, size }: KeptResults): boolean {
    if (bySeq.size >= RESULTS_MAX || size >= RESULTS_SIZE_MAX) return true
    return this.#size >= ALL_RESULTS_SIZE_MAX && size >= ALL_RESULTS_SIZE_MAX / this.#byId.size
  }

  /** The one way to another state of a session's results. */
  #changing(session: Session): KeptResults {
    if (session.kept.epoch !== this.#epoch) session.kept = session.kept.copyFor(this.#epoch)
    return session.kept
  }
}

/** A whole part of a name, short. */
function inLetters(number: number): string {
  return Math.floor(number).toString(36)
}
