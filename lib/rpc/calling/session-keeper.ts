/**
 * A caller's sessions, one at a time with each cluster that it sends commands to. A command takes a ticket, which is
 * its identity in all its attempts, and gives it back when nobody waits for it any more:
 *
 *     opened for the first command → handed out → idle: kept alive → not used for minutes, or full: closed
 *                                               → unknown to the cluster: given up, and another one opened
 */
import { membersOf, type Json } from '../../json.js'
import { ms } from '../../ports.js'
import type { Clock, Ms, Timer } from '../../ports.js'
import { SessionExpiredError, UnreachableError } from '../errors.js'

/** A command's identity: the same in each of its attempts. */
export interface Ticket {
  readonly cluster: string
  readonly session: string
  readonly seq: number
  /** The lowest number in this session that somebody still waits for, as of now. */
  readonly firstOutstanding: number
  /** Nobody waits for the command any more. Harmless when called again. */
  done(): void
}

export interface SessionKeeperOptions {
  readonly clock: Clock
  /** Sends `session.keepAlive` until it is answered. Rejects with SESSION_EXPIRED when the session is over. */
  readonly keepAlive: (cluster: string, session: string) => Promise<unknown>
  /** Sends `session.close`; whether it arrives does not matter. */
  readonly close: (cluster: string, session: string) => void
}

/** A session that was not used for longer is closed. */
const IDLE_MAX_MS = 5 * 60_000
/** No cluster's sessions are so short that looking at them less often would lose one. */
const LOOK_MIN_MS = 100
/** Numbers from the first outstanding one to the next: no more results than a member keeps for one session. */
const WINDOW = 4_096

export class SessionKeeper {
  readonly #options: SessionKeeperOptions
  /** What each cluster's next command gets its ticket from. */
  readonly #current = new Map<string, HeldSession>()
  readonly #opening = new Map<string, Promise<void>>()
  /** Those that are full and not closed yet, too. */
  readonly #held = new Set<HeldSession>()
  #isClosed = false

  constructor(options: SessionKeeperOptions) {
    this.#options = options
  }

  /** A ticket of the cluster's session, if there is one that need not be waited for. */
  ready(cluster: string): Ticket | undefined {
    return this.#current.get(cluster)?.ticket()
  }

  /**
   * A ticket of the cluster's session. `open` calls `session.open` there; it is used only when there is none, once for
   * all who wait, and what it rejects with is told to all of them.
   */
  async ticket(cluster: string, open: () => Promise<Json>): Promise<Ticket> {
    for (;;) {
      const ticket = this.ready(cluster)
      if (ticket !== undefined) return ticket
      await (this.#opening.get(cluster) ?? this.#open(cluster, open))
    }
  }

  /** The cluster does not know the ticket's session: no other command will use it. */
  expired({ session }: Ticket): void {
    for (const held of this.#held) if (held.id === session) this.#drop(held)
  }

  /** Closes all sessions. There are no tickets any more, and those that are out are of no use. */
  close(): void {
    this.#isClosed = true
    for (const held of this.#held) this.#end(held)
  }

  #open(cluster: string, open: () => Promise<Json>): Promise<void> {
    const opening = open()
      .then((answer) => this.#hold(cluster, answer))
      .finally(() => this.#opening.delete(cluster))
    this.#opening.set(cluster, opening)
    return opening
  }

  #hold(cluster: string, answer: Json): void {
    const { session, ttlMs } = readOpened(answer)
    if (this.#isClosed) {
      this.#options.close(cluster, session)
      throw new UnreachableError('this caller is closed')
    }
    const held: HeldSession = new HeldSession(cluster, session, this.#options.clock, () => {
      if (held.isUnused && this.#current.get(cluster) !== held) this.#end(held)
    })
    this.#held.add(held)
    this.#current.set(cluster, held)
    this.#watch(held, Math.max(ttlMs / 3, LOOK_MIN_MS))
  }

  /**
   * Looks three times in a session's life: used since, fine; not used, keep it alive; not used for minutes, close it.
   */
  #watch(held: HeldSession, intervalMs: number): void {
    held.timer = this.#options.clock.after(ms(intervalMs), () => {
      const { idleMs } = held
      if (idleMs > IDLE_MAX_MS && held.isUnused) {
        this.#end(held)
        return
      }
      this.#watch(held, intervalMs)
      if (idleMs >= intervalMs) this.#keepAlive(held)
    })
  }

  #keepAlive(held: HeldSession): void {
    this.#options.keepAlive(held.cluster, held.id).catch((error: unknown) => {
      if (error instanceof SessionExpiredError) this.#drop(held)
    })
  }

  #end(held: HeldSession): void {
    if (this.#drop(held)) this.#options.close(held.cluster, held.id)
  }

  /** Whether it was there. */
  #drop(held: HeldSession): boolean {
    held.timer?.cancel()
    if (this.#current.get(held.cluster) === held) this.#current.delete(held.cluster)
    return this.#held.delete(held)
  }
}

class HeldSession {
  timer: Timer | undefined
  readonly #clock: Clock
  readonly #returned: () => void
  /** Numbers whose commands somebody waits for. */
  readonly #outstanding = new Set<number>()
  /** The lowest of them; the next one to be given when there is none. */
  #firstOutstanding = 1
  #nextSeq = 1
  #usedAt: Ms

  /** `returned` is called when a ticket has come back. */
  constructor(
    readonly cluster: string,
    readonly id: string,
    clock: Clock,
    returned: () => void,
  ) {
    this.#clock = clock
    this.#returned = returned
    this.#usedAt = clock.now()
  }

  /** Undefined when the session is full. */
  ticket(): Ticket | undefined {
    if (this.isFull) return undefined
    const seq = this.#nextSeq
    this.#nextSeq += 1
    this.#outstanding.add(seq)
    this.#usedAt = this.#clock.now()
    return new HeldTicket(this, seq)
  }

  giveBack(seq: number): void {
    if (!this.#outstanding.delete(seq)) return
    while (this.#firstOutstanding < this.#nextSeq && !this.#outstanding.has(this.#firstOutstanding)) {
      this.#firstOutstanding += 1
    }
    this.#returned()
  }

  get firstOutstanding(): number {
    return this.#firstOutstanding
  }

  get isFull(): boolean {
    return this.#nextSeq - this.firstOutstanding >= WINDOW
  }

  get isUnused(): boolean {
    return this.#outstanding.size === 0
  }

  /** Since a command was last begun. */
  get idleMs(): number {
    return this.#clock.now() - this.#usedAt
  }
}

class HeldTicket implements Ticket {
  constructor(
    private readonly held: HeldSession,
    readonly seq: number,
  ) {}

  get cluster(): string {
    return this.held.cluster
  }

  get session(): string {
    return this.held.id
  }

  get firstOutstanding(): number {
    return this.held.firstOutstanding
  }

  done(): void {
    this.held.giveBack(this.seq)
  }
}

function readOpened(answer: Json): { readonly session: string; readonly ttlMs: number } {
  const { session, ttlMs } = membersOf(answer)
  if (typeof session === 'string' && typeof ttlMs === 'number' && isLife(ttlMs)) return { session, ttlMs }
  throw new UnreachableError('session.open() was answered with something that is no session')
}

function isLife(ttlMs: number): boolean {
  return ttlMs > 0 && ttlMs < Infinity
}
