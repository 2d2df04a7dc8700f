/**
 * A cluster in memory: carries messages between servers in order, one at a time, with cuts where the test wants them.
 */
import type {
  Effect,
  Exchange,
  Incarnation,
  Lineage,
  Message,
  RaftOptions,
  Recovered,
  Request,
  ServerId,
} from '../../lib/raft/index.js'
import { checkLogMatching, ClusterInvariants, exchange, start, ticks } from '../../lib/raft/index.js'
import type { EffectOf } from './driver.js'
import { Driver, names, optionsFor } from './driver.js'

/** One message on its way. */
export interface Envelope {
  readonly from: ServerId
  readonly incarnation: Incarnation
  readonly starts: Lineage | undefined
  readonly to: ServerId
  readonly message: Message
  /** The sender's own name for the exchange, so that the reply finds back. */
  readonly exchange: Exchange
}

/** A piece of a snapshot that a server is to store. */
export interface Storing {
  readonly node: Driver
  readonly effect: EffectOf<'storeChunk'>
}

export class Network {
  readonly ids: readonly ServerId[]
  readonly nodes = new Map<ServerId, Driver>()
  readonly invariants = new ClusterInvariants()
  readonly queue: Envelope[] = []
  readonly #cuts = new Set<string>()
  #exchanges = new Map<Exchange, ServerId>()
  #nextExchange = 1
  /** What each server's folder knows of its own starts; nothing where they are not numbered. */
  readonly lineages = new Map<ServerId, Lineage>()
  now = ticks(0)
  #startsDrawn = 0

  constructor(
    size: number,
    readonly adjust: (options: RaftOptions) => RaftOptions = (options) => options,
    recovered: (id: ServerId) => Partial<Recovered> = () => ({}),
    readonly areStartsNumbered = false,
  ) {
    this.ids = names(size)
    for (const id of this.ids) this.start(id, recovered(id))
  }

  start(id: ServerId, recovered: Partial<Recovered> = {}): Driver {
    const options = { ...this.adjust(optionsFor(id, this.ids)), ...this.#nextStart(id) }
    const node = new Driver(options, recovered, this.now)
    this.nodes.set(id, node)
    return node
  }

  #nextStart(id: ServerId): { readonly starts?: Lineage } {
    if (!this.areStartsNumbered) return {}
    const before = this.lineages.get(id) ?? []
    const starts = [...before, start(`${before.length + 1}-${++this.#startsDrawn}`)]
    this.lineages.set(id, starts)
    return { starts }
  }

  /** Loses everything but the disk. */
  crash(id: ServerId): Partial<Recovered> {
    const { disk } = this.node(id)
    this.nodes.delete(id)
    return disk
  }

  restart(id: ServerId): Driver {
    return this.start(id, this.crash(id))
  }

  node(id: ServerId): Driver {
    const node = this.nodes.get(id)
    if (node === undefined) throw new RangeError(`no server ${id}`)
    return node
  }

  leaders(): readonly Driver[] {
    return [...this.nodes.values()].filter((node) => node.view.role === 'leader')
  }

  /** The leader of the highest term. */
  leader(): Driver {
    const [leader] = [...this.leaders()].sort((a, b) => b.view.currentTerm - a.view.currentTerm)
    if (leader === undefined) throw new RangeError('no leader')
    return leader
  }

  cut(from: ServerId, to: ServerId): void {
    this.#cuts.add(`${from}>${to}`)
  }

  isolate(id: ServerId): void {
    for (const other of this.ids) {
      if (other === id) continue
      this.cut(id, other)
      this.cut(other, id)
    }
  }

  heal(): void {
    this.#cuts.clear()
  }

  /** Time passes for everyone; nothing fires by itself. */
  pass(time: number): void {
    this.now = ticks(this.now + time)
    for (const node of this.nodes.values()) node.now = this.now
  }

  /** Moves what may leave from the servers to the queue. */
  collect(): void {
    for (const node of this.nodes.values()) {
      for (const effect of node.take()) {
        if (effect.type === 'send') this.#send(node, effect.to, effect.message)
        else if (effect.type === 'sendSnapshot') this.#sendPiece(node, effect)
        else if (effect.type === 'storeChunk') this.storing.push({ node, effect })
        else if (effect.type === 'reply') {
          const to = this.#exchanges.get(effect.exchange)
          if (to !== undefined) this.#post(node, to, effect.message, effect.exchange)
        } else if (effect.type === 'rejectPeer') continue
        else this.results.push(effect)
      }
    }
  }

  /** Pieces of snapshots that have come in and are not stored yet. */
  readonly storing: Storing[] = []

  /** Lets a disk store one piece, unless its server has crashed since. */
  store({ node, effect }: Storing): void {
    if (this.nodes.get(node.options.id) === node) node.store(effect)
  }

  /** What the servers answered to their own clients. */
  readonly results: Effect[] = []

  deliver(envelope: Envelope): void {
    const { from, to, incarnation, starts, message } = envelope
    const node = this.nodes.get(to)
    if (node === undefined || this.#cuts.has(`${from}>${to}`)) return
    if (isRequest(message)) {
      node.step({ type: 'request', from, incarnation, starts, message, exchange: envelope.exchange })
    } else node.step({ type: 'response', from, incarnation, starts, message })
    this.check()
  }

  check(): void {
    const servers = [...this.nodes.values()].map((node) => node.server)
    this.invariants.observe(servers)
  }

  checkLogs(): void {
    const servers = [...this.nodes.values()].map((node) => node.server)
    servers.forEach((one, at) => servers.slice(at + 1).forEach((other) => checkLogMatching(one, other)))
  }

  /** Who has applied as much as another has the same state, whether it applied entries or restored a snapshot. */
  checkStates(): void {
    const states = new Map<number, string>()
    for (const { view, state } of this.nodes.values()) {
      const known = states.get(view.lastApplied) ?? state
      states.set(view.lastApplied, known)
      if (known !== state) throw new Error(`${view.id} at ${view.lastApplied}: ${state}, others: ${known}`)
    }
  }

  /** Delivers until nothing is on its way. */
  settle(): void {
    this.collect()
    while (this.queue.length + this.storing.length > 0) {
      for (const next of this.queue.splice(0, 1)) this.deliver(next)
      for (const next of this.storing.splice(0, 1)) this.store(next)
      this.collect()
    }
    this.check()
    this.checkLogs()
    this.checkStates()
  }

  /** Lets one server's deadline fire, with time enough since everyone's last contact. */
  stand(id: ServerId): void {
    this.pass(300)
    this.node(id).tick()
    this.settle()
  }

  /** A heartbeat round of every leader. */
  heartbeat(): void {
    this.pass(50)
    for (const leader of this.leaders()) leader.tick()
    this.settle()
  }

  #send(node: Driver, to: ServerId, message: Request): void {
    const id = exchange(this.#nextExchange++)
    this.#exchanges.set(id, node.options.id)
    this.#post(node, to, message, id)
  }

  /** A leader that has lost office meanwhile sends no more. */
  #sendPiece(node: Driver, effect: EffectOf<'sendSnapshot'>): void {
    if (node.view.role !== 'leader' || node.view.currentTerm !== effect.term) return
    this.#send(node, effect.to, { ...node.snapshots.piece(effect), leaderId: node.options.id })
  }

  #post(node: Driver, to: ServerId, message: Message, id: Exchange): void {
    const { id: from, incarnation, starts } = node.options
    this.queue.push({ from, incarnation, starts, to, message, exchange: id })
  }
}

export function isRequest(message: Message): message is Request {
  return !message.type.endsWith('Response')
}
