/** Servers in virtual time: the shipped core, with a network and disks of which only the delays are simulated. */
import type {
  Exchange,
  Incarnation,
  Input,
  Message,
  PreVote,
  RaftOptions,
  Recovered,
  Request,
  ServerId,
  Ticks,
} from '../../lib/raft/index.js'
import { exchange, incarnation, ticks } from '../../lib/raft/index.js'
import type { Dice } from '../../test/raft/dice.js'
import { names, optionsFor } from '../../test/raft/driver.js'
import { isRequest } from '../../test/raft/network.js'
import { VirtualTime } from './virtual-time.js'
import type { Range } from './published.js'
import { VirtualServer } from './virtual-server.js'

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

interface Host {
  readonly server: VirtualServer
  /** When the next look at its deadline is planned. */
  tickAt: number
  isWriting: boolean
}

export class VirtualCluster {
  readonly queue = new VirtualTime()
  readonly ids: readonly ServerId[]
  /** What the network loses. */
  loses: (to: ServerId, message: Message) => boolean = () => false
  readonly #hosts = new Map<ServerId, Host>()
  readonly #askers = new Map<Exchange, ServerId>()
  #exchanges = 0

  constructor(
    readonly setting: Setting,
    size: number,
    readonly dice: Dice,
    recovered: Recovered,
  ) {
    this.ids = names(size)
    for (const id of this.ids) {
      const server = new VirtualServer(this.#options(id), recovered, ticks(0))
      this.#hosts.set(id, { server, tickAt: Infinity, isWriting: false })
      this.#carryOut(id)
    }
  }

  /** Ends it for good. */
  crash(id: ServerId): void {
    this.#hosts.delete(id)
  }

  get running(): readonly VirtualServer[] {
    return [...this.#hosts.values()].map(({ server }) => server)
  }

  /** The leader of the highest term that any server is in, if that has one. */
  get leader(): VirtualServer | undefined {
    const { running } = this
    const highest = Math.max(...running.map(({ view }) => view.currentTerm))
    return running.find(({ view }) => view.role === 'leader' && view.currentTerm === highest)
  }

  propose(server: VirtualServer, command: string): void {
    this.#step(server.options.id, { type: 'propose', commands: [command] })
  }

  #options(id: ServerId): RaftOptions {
    const { timeout, heartbeat } = this.setting
    return {
      ...optionsFor(id, this.ids),
      electionTimeoutMin: ticks(timeout.min * TICKS_PER_MS),
      electionTimeoutMax: ticks(timeout.max * TICKS_PER_MS),
      heartbeatInterval: ticks(heartbeat * TICKS_PER_MS),
      seed: this.dice.below(2 ** 32),
    }
  }

  #step(id: ServerId, input: Input): void {
    this.#hosts.get(id)?.server.step(input, this.#now)
    this.#carryOut(id)
  }

  /** After each step: starts its write, sends what may leave, and plans the look at its next deadline. */
  #carryOut(id: ServerId): void {
    const host = this.#hosts.get(id)
    if (host === undefined) return
    this.#write(id, host)
    for (const effect of host.server.take()) {
      if (effect.type === 'send') this.#send(id, effect.to, effect.message)
      else this.#reply(id, effect.exchange, effect.message)
    }
    this.#planTick(id, host)
  }

  /** What comes while a write is under way shares the next one. */
  #write(id: ServerId, host: Host): void {
    const { unwritten } = host.server
    if (host.isWriting || unwritten === undefined) return
    host.isWriting = true
    this.#after(this.setting.disk, () => {
      host.isWriting = false
      host.server.written(unwritten, this.#now)
      this.#carryOut(id)
    })
  }

  #send(from: ServerId, to: ServerId, message: Request): void {
    if (message.type === 'preVote' && !this.setting.preVote) return this.#answerPreVote(from, to, message)
    const id = exchange(++this.#exchanges)
    this.#askers.set(id, from)
    this.#post(from, to, message, id)
  }

  #answerPreVote(from: ServerId, to: ServerId, { term }: PreVote): void {
    const message = { type: 'preVoteResponse', term, voteGranted: true } as const
    this.queue.plan(this.queue.now, () =>
      this.#step(from, { type: 'response', ...this.#speaker(to), message }),
    )
  }

  #reply(from: ServerId, id: Exchange, message: Message): void {
    const to = this.#askers.get(id)
    if (to !== undefined) this.#post(from, to, message, id)
    this.#askers.delete(id)
  }

  #post(from: ServerId, to: ServerId, message: Message, exchange: Exchange): void {
    if (this.loses(to, message)) return
    const speaker = this.#speaker(from)
    this.#after(this.setting.latency, () => {
      if (isRequest(message)) this.#step(to, { type: 'request', ...speaker, message, exchange })
      else this.#step(to, { type: 'response', ...speaker, message })
    })
  }

  #speaker(id: ServerId) {
    return { from: id, incarnation: incarnationOf(id) }
  }

  #planTick(id: ServerId, host: Host): void {
    const { deadline } = host.server.view
    const at = deadline === undefined ? Infinity : deadline / TICKS_PER_MS
    if (at === host.tickAt || at === Infinity) return
    host.tickAt = at
    this.queue.plan(at, () => {
      if (host.tickAt !== at) return
      host.tickAt = Infinity
      this.#step(id, { type: 'tick' })
    })
  }

  get #now(): Ticks {
    return ticks(Math.round(this.queue.now * TICKS_PER_MS))
  }

  #after({ min, max }: Range, run: () => void): void {
    this.queue.plan(this.queue.now + between(this.dice, min, max), run)
  }
}

/** From `min` up to, not including, `max`; `min` when they are equal. */
export function between(dice: Dice, min: number, max: number): number {
  return min + ((max - min) * dice.below(2 ** 32)) / 2 ** 32
}

export function carriesEntries(message: Message): boolean {
  return message.type === 'appendEntries' && message.entries.length > 0
}

function incarnationOf(id: ServerId): Incarnation {
  return incarnation(`${id}-first`)
}
