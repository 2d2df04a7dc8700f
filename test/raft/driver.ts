/** One server in a test's hand: steps it, checks its invariants at every step, and keeps its disk. */
import type {
  Configuration,
  Effect,
  Entry,
  Input,
  Lineage,
  RaftEvent,
  RaftOptions,
  RaftServer,
  Recovered,
  Request,
  Response,
  ServerId,
  SnapshotPosition,
  Ticks,
} from '../../lib/raft/index.js'
import {
  checkState,
  checkTransition,
  clusterId,
  createRaftServer,
  exchange,
  incarnation,
  logIndex,
  readContext,
  serverId,
  term,
  ticks,
} from '../../lib/raft/index.js'
import { Disk } from './disk.js'
import { SnapshotKeeper } from './snapshot-keeper.js'

export type EffectOf<T extends Effect['type']> = Extract<Effect, { type: T }>

export function names(count: number): readonly ServerId[] {
  return Array.from({ length: count }, (_, at) => serverId(`n${at + 1}`))
}

export function configurationOf(
  voters: readonly ServerId[],
  learners: readonly ServerId[] = [],
): Configuration {
  return { voters, learners, uris: {} }
}

export function optionsFor(id: ServerId, voters: readonly ServerId[]): RaftOptions {
  return {
    id,
    incarnation: incarnation(`${id}-first`),
    bootstrap: configurationOf(voters),
    newClusterId: clusterId(`cluster-of-${id}`),
    electionTimeoutMin: ticks(150),
    electionTimeoutMax: ticks(300),
    heartbeatInterval: ticks(50),
    seed: Array.from(id).reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7),
    inflightMessagesMax: 8,
    messageSizeMax: 1 << 20,
    uncommittedSizeMax: 64 << 20,
    readLease: false,
    promisedSilence: ticks(0),
  }
}

/** A log whose entries have these terms; the first one pins everyone in `pinned`. */
export function logOf(terms: readonly number[], pinned: readonly ServerId[]): readonly Entry[] {
  return terms.map((value, at): Entry => {
    const position = { index: logIndex(at + 1), term: term(value) }
    if (at > 0) return { kind: 'command', ...position, data: `${value}.${at + 1}` }
    const incarnations = pinned.map((id) => [id, incarnation(`${id}-first`)] as const)
    return { kind: 'identity', ...position, clusterId: clusterId('test'), incarnations }
  })
}

export class Driver {
  readonly server: RaftServer
  readonly disk: Disk
  readonly snapshots: SnapshotKeeper
  /** The state machine: what it has applied, as a text. */
  state: string
  /** Persists that have not been made durable yet, oldest first. */
  readonly writing: EffectOf<'persist'>[] = []
  /** Effects that wait for a persist, or that nobody has taken yet, in order. */
  #outbox: Effect[] = []
  #durableToken = 0
  #applied = logIndex(0)
  /** Off: the test says with `completeApply` that what was handed out is applied. */
  autoApply = true
  #nextExchange = 1
  readonly events: RaftEvent[] = []
  readonly applied: Entry[] = []
  readonly restored: SnapshotPosition[] = []

  constructor(
    readonly options: RaftOptions,
    recovered: Partial<Recovered> = {},
    public now: Ticks = ticks(0),
    /** Off: the test completes persists itself with `completeWrite`. */
    public autoWrite = true,
  ) {
    const hardState = recovered.hardState ?? { currentTerm: term(0), votedFor: undefined }
    this.disk = new Disk({ ...recovered, hardState, entries: recovered.entries ?? [] })
    this.state = this.disk.snapshot?.state ?? ''
    this.snapshots = new SnapshotKeeper(this.disk, 2 + (options.seed % 3))
    this.server = createRaftServer(options, this.disk)
    this.step({ type: 'tick' })
  }

  get view() {
    return this.server.view
  }

  get terms(): readonly number[] {
    return this.log.map((entry) => entry.term)
  }

  get log(): readonly Entry[] {
    return this.server.entries(logIndex(0), this.view.lastLogIndex)
  }

  step(input: Input): readonly Effect[] {
    const before = this.view
    const effects = this.server.step(input, this.now)
    checkState(this.view)
    checkTransition(before, this.view)
    for (const effect of effects) this.#take(effect)
    if (this.autoWrite) while (this.writing.length > 0) this.completeWrite()
    return effects
  }

  /** Makes the oldest persist durable and says so. */
  completeWrite(): void {
    const record = this.writing.shift()
    if (record === undefined) return
    this.disk.write(record)
    this.#durableToken = record.token
    this.step({ type: 'persisted', token: record.token })
  }

  /** The state machine has come to the end of what it was handed out. */
  completeApply(): void {
    this.step({ type: 'applied', index: this.#applied })
  }

  /** Takes what may leave now: sends and replies whose persist is durable, refusals, read results. */
  take(): readonly Effect[] {
    const out = this.#outbox.filter((effect) => this.#mayLeave(effect))
    this.#outbox = this.#outbox.filter((effect) => !this.#mayLeave(effect))
    return out
  }

  /** Takes what may leave now of one type, and leaves the rest. */
  takeOf<T extends Effect['type']>(type: T): readonly EffectOf<T>[] {
    const isWanted = (effect: Effect): effect is EffectOf<T> => effect.type === type && this.#mayLeave(effect)
    const out = this.#outbox.filter(isWanted)
    this.#outbox = this.#outbox.filter((effect) => !isWanted(effect))
    return out
  }

  /** The messages of one type that may leave now, by addressee. */
  takeSent<T extends Request['type']>(type: T) {
    return this.takeOf('send').flatMap(({ to, message }) => (isOf(message, type) ? [{ to, message }] : []))
  }

  /** Hands in a request; its reply, if it may leave at once. */
  ask(from: ServerId, message: Request, speaker = incarnation(`${from}-first`)): Response | undefined {
    const id = exchange(this.#nextExchange++)
    this.step({ type: 'request', from, incarnation: speaker, message, exchange: id })
    return this.takeOf('reply').find((reply) => reply.exchange === id)?.message
  }

  answer(from: ServerId, message: Response, speaker = incarnation(`${from}-first`), starts?: Lineage): void {
    this.step({ type: 'response', from, incarnation: speaker, starts, message })
  }

  tick(after = 0): void {
    this.now = ticks(this.now + after)
    this.step({ type: 'tick' })
  }

  /** Lets time pass until the next deadline, and lets it fire. */
  tickAtDeadline(): void {
    this.tick(Math.max((this.view.deadline ?? this.now) - this.now, 0))
  }

  propose(...commands: string[]): void {
    this.step({ type: 'propose', commands })
  }

  read(context: number, anywhere = false): void {
    this.step({ type: 'read', context: readContext(context), anywhere })
  }

  configure(voters: readonly ServerId[], learners: readonly ServerId[] = []): void {
    const uris = Object.fromEntries([...voters, ...learners].map((id) => [id, `${id}@host:1`]))
    this.step({ type: 'configure', target: { voters, learners, uris } })
  }

  transfer(to?: ServerId): void {
    this.step({ type: 'transfer', to })
  }

  /** Makes a snapshot of what is applied, and gives up the log up to `compactTo`. */
  snapshot(compactTo: number = this.view.lastApplied): SnapshotPosition {
    const position = this.server.positionAt(this.view.lastApplied)
    this.disk.snapshot = { ...position, state: this.state }
    this.step({ type: 'compact', index: logIndex(compactTo) })
    return position
  }

  /** Carries out a `storeChunk`: the core hears which piece it needs next, or that all of it is there. */
  store({ exchange, message }: EffectOf<'storeChunk'>): void {
    const stored = this.snapshots.store(message)
    const snapshotIndex = message.snapshot.index
    if (stored.offset === undefined)
      this.step({ type: 'snapshotStored', exchange, snapshot: stored.snapshot })
    else this.step({ type: 'chunkStored', exchange, snapshotIndex, offset: stored.offset })
  }

  #mayLeave(effect: Effect): boolean {
    return !('after' in effect) || effect.after <= this.#durableToken
  }

  #take(effect: Effect): void {
    if (effect.type === 'persist') this.writing.push(effect)
    else if (effect.type === 'event') this.events.push(effect.event)
    else if (effect.type === 'apply') {
      const entries = this.server.entries(effect.from, effect.to)
      if (entries[0]?.index !== effect.from)
        throw new Error(`entry ${effect.from} is gone, and is to be applied`)
      this.applied.push(...entries)
      this.state += entries.map(({ index, term }) => `${index}.${term} `).join('')
      this.#applied = effect.to
      if (this.autoApply) this.completeApply()
    } else if (effect.type === 'restore') {
      this.restored.push(effect.snapshot)
      this.state = this.disk.snapshot?.state ?? ''
      this.step({ type: 'applied', index: effect.snapshot.index })
    } else this.#outbox.push(effect)
  }
}

function isOf<T extends Request['type']>(
  message: Request,
  type: T,
): message is Extract<Request, { type: T }> {
  return message.type === type
}
