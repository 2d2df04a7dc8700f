/**
 * Drives one core: inbox → step → effects. Whatever happens comes in through `take`, is stepped in that order, and what the
 * core wishes is done in the order of its effects.
 */
import type { Clock, Ms, Timer } from '../ports.js'
import { ms } from '../ports.js'
import type {
  Effect,
  EffectOf,
  Entry,
  HardState,
  Input,
  LogIndex,
  PersistToken,
  RaftServer,
  RaftView,
  SnapshotPosition,
  Term,
  Ticks,
} from '../raft/types.js'
import { ticks } from '../raft/types.js'
import { Applier } from './applier.js'
import { Outbox } from './outbox.js'
import type { Outgoing } from './outbox.js'

/** Where the log's records go. Resolves when durable, in the order of the calls; a rejection is final. */
export interface LogStore {
  persist(record: {
    readonly hardState?: HardState
    readonly reset?: { readonly index: LogIndex; readonly term: Term }
    readonly truncateFrom?: LogIndex
    readonly entries: readonly Entry[]
  }): Promise<void>
  close(): Promise<void>
}

/** What the core wants done. None of these waits; each may call `take`. */
export interface Outside {
  send(effect: EffectOf<'send'>): void
  reply(effect: EffectOf<'reply'> | EffectOf<'rejectPeer'>): void
  proposed(effect: EffectOf<'appended'> | EffectOf<'refused'>): void
  read(effect: EffectOf<'readReady'> | EffectOf<'readRefused'>): void
  configured(effect: EffectOf<'configured'> | EffectOf<'configureRefused'>): void
  transferEnded(effect: EffectOf<'transferEnded'>): void
  event(effect: EffectOf<'event'>): void
  sendSnapshot(effect: EffectOf<'sendSnapshot'>): void
  storeChunk(effect: EffectOf<'storeChunk'>): void
  /** Puts the state machine to where the stored snapshot stands, and says where. A rejection stops the replica. */
  restore(snapshot: SnapshotPosition): Promise<LogIndex>
  /** One committed entry, each once, in order. A throw stops the replica. */
  apply(entry: Entry): void
  /** All entries up to `index` have been applied. */
  applied(index: LogIndex): void
  /** The driver will do nothing any more: storage failed, an invariant broke, or an entry can't be applied. */
  failed(error: Error): void
}

export interface DriverOptions {
  readonly core: RaftServer
  readonly storage: LogStore
  readonly clock: Clock
  /** How long a persist may run before the core hears of it, and how late a tick may come without more ado. */
  readonly patience: Ms
  readonly outside: Outside
}

export class Driver {
  readonly #options: DriverOptions
  readonly #inbox: Input[] = []
  #draining = false
  #ended = false
  #timer: { readonly due: number; readonly timer: Timer } | undefined
  readonly #persists = new Map<PersistToken, Ms>()
  /** When a persist last completed. */
  #persistedAt: Ms = ms(0)
  readonly #outbox: Outbox
  readonly #applier: Applier
  #stallTimer: Timer | undefined

  constructor(options: DriverOptions) {
    const { core, clock, outside } = options
    this.#options = options
    this.#outbox = new Outbox((effect) => this.#leave(effect))
    this.#applier = new Applier({
      clock,
      applied: core.view.lastApplied,
      entries: (from, to) => core.entries(from, to),
      apply: (entry) => outside.apply(entry),
      restore: (snapshot) => outside.restore(snapshot),
      onApplied: (index) => this.#noteApplied(index),
      onFailed: (error) => this.#fail(error),
    })
  }

  get view(): RaftView {
    return this.#options.core.view
  }

  /** The last index whose entry has been applied to the objects. */
  get applied(): LogIndex {
    return this.#applier.applied
  }

  /** Takes one input in; inputs that come while one is being handled wait for their turn. Ignored after the end. */
  take(input: Input): void {
    if (this.#ended) return
    this.#inbox.push(input)
    if (this.#draining) return
    this.#draining = true
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) this.#step(next)
      this.#armTimer()
    } catch (error) {
      this.#fail(error)
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

  #next(): Input | undefined {
    return this.#ended ? undefined : this.#inbox.shift()
  }

  #step(input: Input): void {
    for (const effect of this.#options.core.step(input, this.#now())) {
      if (this.#ended) return
      this.#perform(effect)
    }
  }

  /** Whole milliseconds, so that sums of times are exact: a tick at a deadline must never come out a hair before it. */
  #now(): Ticks {
    return ticks(Math.floor(this.#options.clock.now()))
  }

  #perform(effect: Effect): void {
    const { outside } = this.#options
    switch (effect.type) {
      case 'persist':
        return this.#persist(effect)
      case 'send':
      case 'reply':
        return this.#outbox.release(effect)
      case 'rejectPeer':
        return outside.reply(effect)
      case 'appended':
      case 'refused':
        return outside.proposed(effect)
      case 'readReady':
      case 'readRefused':
        return outside.read(effect)
      case 'configured':
      case 'configureRefused':
        return outside.configured(effect)
      case 'transferEnded':
        return outside.transferEnded(effect)
      case 'event':
        return outside.event(effect)
      case 'sendSnapshot':
        return outside.sendSnapshot(effect)
      case 'storeChunk':
        return outside.storeChunk(effect)
      case 'restore':
        return this.#applier.restore(effect.snapshot)
      case 'apply':
        return this.#applier.commit(effect.to)
    }
  }

  #persist({ type: _, token, ...record }: EffectOf<'persist'>): void {
    this.#persists.set(token, this.#options.clock.now())
    this.#outbox.persisting(token)
    this.#watchStorage()
    this.#options.storage.persist(record).then(
      () => this.#persisted(token),
      (error: unknown) => this.#fail(error),
    )
  }

  #persisted(token: PersistToken): void {
    if (this.#ended) return
    this.#persists.delete(token)
    this.#persistedAt = this.#options.clock.now()
    this.#outbox.persisted(token)
    this.take({ type: 'persisted', token })
  }

  #leave(effect: Outgoing): void {
    if (effect.type === 'send') this.#options.outside.send(effect)
    else this.#options.outside.reply(effect)
  }

  #watchStorage(): void {
    const { clock, patience } = this.#options
    this.#stallTimer ??= clock.after(patience, () => {
      this.#stallTimer = undefined
      const [oldest] = this.#persists.values()
      if (oldest === undefined || this.#ended) return
      // Many that wait for a disk which goes on, however slowly, are no stall.
      const elapsed = clock.now() - Math.max(oldest, this.#persistedAt)
      if (elapsed >= patience) this.take({ type: 'storageStalled', elapsed: ticks(elapsed) })
      this.#watchStorage()
    })
  }

  /** A timer that fires before the deadline, because that has moved on, is armed anew; so most steps leave it alone. */
  #armTimer(): void {
    const { deadline } = this.view
    if (deadline === undefined || this.#ended) return
    if (this.#timer !== undefined && this.#timer.due <= deadline) return
    this.#timer?.timer.cancel()
    const { clock } = this.#options
    const timer = clock.after(ms(Math.max(Math.ceil(deadline - this.#now()), 0)), () =>
      this.#timerFired(deadline),
    )
    this.#timer = { due: deadline, timer }
  }

  /** After a pause of the process, what waits in the sockets (a heartbeat, perhaps) is heard before the tick. */
  #timerFired(due: number): void {
    this.#timer = undefined
    const { clock, patience } = this.#options
    if (clock.now() - due <= patience) this.#tick()
    else clock.soon(() => this.#tick())
  }

  #tick(): void {
    if (this.#ended) return
    const { deadline } = this.view
    if (deadline !== undefined && deadline <= this.#now()) this.take({ type: 'tick' })
    else this.#armTimer()
  }

  #noteApplied(index: LogIndex): void {
    this.#options.outside.applied(index)
    this.take({ type: 'applied', index })
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.#end()
    this.#leaveOffice()
    this.#options.outside.failed(error instanceof Error ? error : new Error(String(error)))
  }

  /** Of what the core wishes on its way out only the news is heard: nothing may leave this member any more. */
  #leaveOffice(): void {
    try {
      for (const effect of this.#options.core.step({ type: 'stop' }, this.#now())) {
        if (effect.type === 'event') this.#options.outside.event(effect)
      }
    } catch {
      // An invariant that has broken once may break again; the first failure is the one that is told.
    }
  }

  #end(): void {
    this.#ended = true
    this.#inbox.length = 0
    this.#outbox.clear()
    this.#applier.end()
    this.#timer?.timer.cancel()
    this.#stallTimer?.cancel()
  }
}
