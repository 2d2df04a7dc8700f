/**
 * Drives one core: inbox → step → effects. Whatever happens comes in through `take`, is stepped in that order, and what
 * the core wishes is done in the order of its effects.
 */
import type { Clock, Ms, Timer } from '../ports.js'
import { ms } from '../ports.js'
import type {
  Doers,
  Effect,
  EffectOf,
  Entry,
  HardState,
  Input,
  LogIndex,
  PersistToken,
  RaftServer,
  Term,
  Ticks,
} from '../raft/types.js'
import { ticks } from '../raft/types.js'
import type { Shortage } from '../member.js'
import type { EntryRuns } from '../storage/entry-runs.js'
import { Outbox } from './outbox.js'
import type { Outside } from './wishes.js'

export interface DiskRoom {
  /** Why the disk takes no more of the log than what there is room for already; undefined: it does. */
  readonly shortage: Shortage | undefined
  /** What waits for room is rejected from now on. */
  end(): void
}

/** Where the log's records go. Resolves when durable, in the order of the calls; a rejection is final. */
export interface LogStore {
  /** Left out: there always is some. */
  readonly room?: DiskRoom
  /** The bytes that it has for entries, or takes for them. Left out: it has no use for bytes. */
  readonly runs?: EntryRuns
  persist(record: {
    readonly hardState?: HardState
    readonly reset?: { readonly index: LogIndex; readonly term: Term }
    readonly truncateFrom?: LogIndex
    readonly entries: readonly Entry[]
  }): Promise<void>
  close(): Promise<void>
}

export interface DriverOptions {
  readonly core: RaftServer
  readonly storage: LogStore
  readonly clock: Clock
  /** How long a persist may run before the core hears of it, and how late a timer may fire without more ado. */
  readonly patience: Ms
  /** The driver will do nothing any more: storage failed, an invariant broke, or what `fail` was told. */
  readonly failed: (error: Error) => void
}

export class Driver {
  readonly #options: DriverOptions
  readonly #inbox: Input[] = []
  #draining = false
  #ended = false
  #timer: { readonly due: number; readonly timer: Timer } | undefined
  /** The last time that a timer fired. */
  #wasHeldUp = false
  readonly #persists = new Map<PersistToken, Ms>()
  /** When a persist last completed. */
  #persistedAt: Ms = ms(0)
  readonly #outbox: Outbox
  #doers: Doers | undefined
  #stallTimer: Timer | undefined

  constructor(options: DriverOptions) {
    this.#options = options
    this.#outbox = new Outbox(this.#persists, (effect) => this.#perform(effect))
  }

  /** `outside` does what the core wishes from here on. To be called once, before the first input. */
  start(outside: Outside): void {
    this.#doers = { ...outside, persist: this.#persist.bind(this) }
    this.take({ type: 'tick' })
  }

  /** Takes one input in; inputs that come while one is being handled wait for their turn. Ignored after the end. */
  take(input: Input): void {
    if (this.#ended) return
    this.#inbox.push(input)
    if (this.#draining) return
    this.#draining = true
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) this.#step(next)
      this.#armTimer()
    } catch (error) {
      this.fail(error)
    } finally {
      this.#draining = false
    }
  }

  /**
   * Hands over or falls silent; what is being persisted still completes in the storage, unheard. Called while an input
   * is being handled, it drops what is left of that input's effects, as a crash would.
   */
  stop(): void {
    if (this.#ended) return
    const isInStep = this.#draining
    if (!isInStep) this.take({ type: 'stop' })
    this.#end()
    if (isInStep) this.#leaveOffice()
  }

  #step(input: Input): void {
    for (const effect of this.#options.core.step(input, this.#now())) {
      if (this.#ended) return
      if ('after' in effect) this.#outbox.release(effect)
      else this.#perform(effect)
    }
  }

  #perform<T extends Effect['type']>(effect: EffectOf<T>): void {
    const type: T = effect.type
    this.#doers?.[type](effect)
  }

  /** Whole milliseconds, so that sums of times are exact: a tick at a deadline must never come out a hair before it. */
  #now(): Ticks {
    return ticks(Math.floor(this.#options.clock.now()))
  }

  #persist({ type: _, token, ...record }: EffectOf<'persist'>): void {
    this.#persists.set(token, this.#options.clock.now())
    this.#watchStorage()
    this.#options.storage.persist(record).then(
      () => this.#persisted(token),
      (error: unknown) => this.fail(error),
    )
  }

  #persisted(token: PersistToken): void {
    if (this.#ended) return
    this.#persists.delete(token)
    this.#persistedAt = this.#options.clock.now()
    if (this.#outbox.held.length > 0) this.#outbox.persisted(token)
    this.take({ type: 'persisted', token })
  }

  #watchStorage(): void {
    if (this.#stallTimer !== undefined) return
    const { clock, patience } = this.#options
    const due = clock.now() + patience
    this.#stallTimer = clock.after(patience, () => {
      this.#stallTimer = undefined
      const [oldest] = this.#persists.values()
      if (oldest === undefined || this.#ended) return
      // While this process stood still itself, it could not see whether the disk goes on.
      if (clock.now() - due > patience) this.#persistedAt = clock.now()
      // Many that wait for a disk which goes on, however slowly, are no stall.
      const elapsed = clock.now() - Math.max(oldest, this.#persistedAt)
      if (elapsed >= patience) this.take({ type: 'storageStalled', elapsed: ticks(elapsed) })
      this.#watchStorage()
    })
  }

  /** A timer that fires before the deadline, because that has moved on, is armed anew; so most steps leave it alone. */
  #armTimer(): void {
    const { deadline } = this.#options.core.view
    if (deadline === undefined || this.#ended) return
    if (this.#timer !== undefined && this.#timer.due <= deadline) return
    this.#timer?.timer.cancel()
    const { clock } = this.#options
    const timer = clock.after(ms(Math.max(Math.ceil(deadline - this.#now()), 0)), () =>
      this.#timerFired(deadline),
    )
    this.#timer = { due: deadline, timer }
  }

  /**
   * A timer says nothing of who is silent while what waits in the sockets (a heartbeat, perhaps) is not read. A
   * leader's heartbeats wait for nothing: it asks first, and judges by the answers. Held up twice in a row, a member
   * judges all the same.
   */
  #timerFired(due: number): void {
    this.#timer = undefined
    const { core, clock, patience } = this.#options
    const isLate = clock.now() - due > patience
    const isHeldUp = isLate && !this.#wasHeldUp
    this.#wasHeldUp = isHeldUp
    const input: Input = { type: isHeldUp ? 'heldUp' : 'tick' }
    if (core.view.role === 'leader') this.#due(input)
    else clock.soon(() => this.#due(input))
  }

  #due(input: Input): void {
    if (this.#ended) return
    const { deadline } = this.#options.core.view
    if (deadline !== undefined && deadline <= this.#now()) this.take(input)
    else this.#armTimer()
  }

  /** What `take` and the storage throw comes here, too. Nothing leaves this member after it. */
  fail(error: unknown): void {
    if (this.#ended) return
    this.#end()
    this.#leaveOffice()
    this.#options.failed(error instanceof Error ? error : new Error(String(error)))
  }

  /** Of what the core wishes on its way out only the news is heard: nothing may leave this member any more. */
  #leaveOffice(): void {
    try {
      for (const effect of this.#options.core.step({ type: 'stop' }, this.#now())) {
        if (effect.type === 'event') this.#doers?.event(effect)
      }
    } catch {
      // An invariant that has broken once may break again; the first failure is the one that is told.
    }
  }

  #end(): void {
    this.#ended = true
    this.#inbox.length = 0
    this.#outbox.clear()
    this.#timer?.timer.cancel()
    this.#stallTimer?.cancel()
  }
}
