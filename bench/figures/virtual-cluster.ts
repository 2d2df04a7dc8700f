/** Servers in virtual time: the shipped core, with a network and disks of which only the delays are simulated. */
import type {
  AppendEntries,
  Exchange,
  Message,
  RaftOptions,
  Recovered,
  Request,
  ServerId,
} from '../../lib/raft/index.js'
import { exchange, ticks } from '../../lib/raft/index.js'
import type { Dice } from '../../test/raft/dice.js'
import { Driver, names, optionsFor } from '../../test/raft/driver.js'
import { isRequest } from '../../test/raft/network.js'
import { EventQueue } from './event-queue.js'
import type { Range } from './published.js'

/** The core counts in whole ticks: a microsecond each, so that timeouts are as good as continuous. */
const TICKS_PER_MS = 1000

export interface Setting {
  /** Election timeouts are drawn from it, in milliseconds. */
  readonly timeout: Range
  /** Between two heartbeats, in milliseconds. */
  readonly heartbeat: number
  /** One way of one message, in milliseconds. Uniform. */
  readonly latency: Range
  /** One write made durable, in milliseconds. Uniform. */
  readonly disk: Range
  /**
   * As shipped a server asks whether it would win before it stands. Off: everybody's yes is there at once, so that it
   * stands when its time is up, as in the paper.
   */
  readonly preVote: boolean
}

interface Server {
  readonly node: Driver
  /** When the next look at its deadline is planned. */
  tickAt: number
  isWriting: boolean
}

export class VirtualCluster {
  readonly queue = new EventQueue()
  readonly ids: readonly ServerId[]
  /** What the network loses. */
  loses: (to: ServerId, message: Message) => boolean = () => false
  readonly #servers = new Map<ServerId, Server>()
  readonly #askers = new Map<Exchange, ServerId>()
  #exchanges = 0

  constructor(
    readonly setting: Setting,
    size: number,
    readonly dice: Dice,
    recovered: Partial<Recovered>,
  ) {
    this.ids = names(size)
    for (const id of this.ids)
      this.#servers.set(id, { node: this.#start(id, recovered), tickAt: Infinity, isWriting: false })
    for (const id of this.ids) this.#carryOut(id)
  }

  /** Ends it for good. */
  crash(id: ServerId): void {
    this.#servers.delete(id)
  }

  get running(): readonly Driver[] {
    return [...this.#servers.values()].map(({ node }) => node)
  }

  /** The leader of the highest term, if that has one. */
  get leader(): Driver | undefined {
    const [highest, ...others] = this.running
    const newest = others.reduce((a, b) => (b.view.currentTerm > (a?.view.currentTerm ?? 0) ? b : a), highest)
    const { currentTerm } = newest?.view ?? {}
    return this.running.find(({ view }) => view.role === 'leader' && view.currentTerm === currentTerm)
  }

  propose(node: Driver, command: string): void {
    this.#wake(node)
    node.propose(command)
    this.#carryOut(node.options.id)
  }

  #start(id: ServerId, recovered: Partial<Recovered>): Driver {
    const { timeout, heartbeat } = this.setting
    const options: RaftOptions = {
      ...optionsFor(id, this.ids),
      electionTimeoutMin: ticks(timeout.min * TICKS_PER_MS),
      electionTimeoutMax: ticks(timeout.max * TICKS_PER_MS),
      heartbeatInterval: ticks(heartbeat * TICKS_PER_MS),
      seed: this.dice.below(2 ** 32),
    }
    return new Driver(options, recovered, ticks(0), false)
  }

  /** After each step: starts its write, sends what may leave, and plans the look at its next deadline. */
  #carryOut(id: ServerId): void {
    const server = this.#servers.get(id)
    if (server === undefined) return
    const { node } = server
    this.#write(id, server)
    for (const effect of node.take()) {
      if (effect.type === 'send') this.#send(id, effect.to, effect.message)
      else if (effect.type === 'reply') this.#reply(id, effect.exchange, effect.message)
    }
    this.#planTick(id, server)
  }

  /** What comes while a write is under way shares the next one. */
  #write(id: ServerId, server: Server): void {
    const records = server.node.writing.length
    if (server.isWriting || records === 0) return
    server.isWriting = true
    this.#after(this.setting.disk, () => {
      server.isWriting = false
      this.#step(id, (node) => {
        for (let n = 0; n < records; n++) node.completeWrite()
      })
    })
  }

  #send(from: ServerId, to: ServerId, message: Request): void {
    if (message.type === 'preVote' && !this.setting.preVote) {
      const { term } = message
      return this.queue.plan(this.queue.now, () => {
        this.#step(from, (node) => node.answer(to, { type: 'preVoteResponse', term, voteGranted: true }))
      })
    }
    const id = exchange(++this.#exchanges)
    this.#askers.set(id, from)
    this.#post(from, to, message, id)
  }

  #reply(from: ServerId, id: Exchange, message: Message): void {
    const to = this.#askers.get(id)
    if (to !== undefined) this.#post(from, to, message, id)
    this.#askers.delete(id)
  }

  #post(from: ServerId, to: ServerId, message: Message, exchange: Exchange): void {
    if (this.loses(to, message)) return
    this.#after(this.setting.latency, () => {
      const speaker = optionsFor(from, this.ids).incarnation
      this.#step(to, (node) => {
        if (isRequest(message)) node.step({ type: 'request', from, incarnation: speaker, message, exchange })
        else node.answer(from, message, speaker)
      })
    })
  }

  #planTick(id: ServerId, server: Server): void {
    const { deadline } = server.node.view
    const at = deadline === undefined ? Infinity : deadline / TICKS_PER_MS
    if (at === server.tickAt || at === Infinity) return
    server.tickAt = at
    this.queue.plan(at, () => {
      if (server.tickAt !== at) return
      server.tickAt = Infinity
      this.#step(id, (node) => node.tick())
    })
  }

  #step(id: ServerId, act: (node: Driver) => void): void {
    const server = this.#servers.get(id)
    if (server === undefined) return
    this.#wake(server.node)
    act(server.node)
    this.#carryOut(id)
  }

  #wake(node: Driver): void {
    node.now = ticks(Math.round(this.queue.now * TICKS_PER_MS))
  }

  #after({ min, max }: Range, run: () => void): void {
    this.queue.plan(this.queue.now + between(this.dice, min, max), run)
  }
}

/** From `min` up to, not including, `max`; `min` when they are equal. */
export function between(dice: Dice, min: number, max: number): number {
  return min + ((max - min) * dice.below(2 ** 32)) / 2 ** 32
}

export function carriesEntries(message: Message): message is AppendEntries {
  return message.type === 'appendEntries' && message.entries.length > 0
}
