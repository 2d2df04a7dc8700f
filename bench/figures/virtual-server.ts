/** One server in virtual time: the shipped core with what it has asked for, held until its disk has caught up. */
import type {
  Effect,
  Exchange,
  Input,
  Message,
  PersistToken,
  RaftOptions,
  RaftServer,
  Recovered,
  Request,
  ServerId,
  Ticks,
} from '../../lib/raft/index.js'
import { createRaftServer } from '../../lib/raft/index.js'

/** What may leave a server. */
export type Outgoing =
  | { readonly type: 'send'; readonly to: ServerId; readonly message: Request; readonly after?: PersistToken }
  | {
      readonly type: 'reply'
      readonly exchange: Exchange
      readonly message: Message
      readonly after?: PersistToken
    }

export class VirtualServer {
  readonly #core: RaftServer
  #writing: PersistToken[] = []
  #durable = 0
  #outbox: Outgoing[] = []

  constructor(
    readonly options: RaftOptions,
    recovered: Recovered,
    now: Ticks,
  ) {
    this.#core = createRaftServer(options, recovered)
    this.step({ type: 'tick' }, now)
  }

  get view() {
    return this.#core.view
  }

  step(input: Input, now: Ticks): void {
    for (const effect of this.#core.step(input, now)) this.#take(effect, now)
  }

  /** The newest record that waits for the disk. */
  get unwritten(): PersistToken | undefined {
    return this.#writing.at(-1)
  }

  /** All records up to `token` are durable. */
  written(token: PersistToken, now: Ticks): void {
    this.#writing = this.#writing.filter((each) => each > token)
    this.#durable = token
    this.step({ type: 'persisted', token }, now)
  }

  /** Takes what may leave now, in order. */
  take(): readonly Outgoing[] {
    const mayLeave = ({ after }: Outgoing) => after === undefined || after <= this.#durable
    const out = this.#outbox.filter(mayLeave)
    this.#outbox = this.#outbox.filter((each) => !mayLeave(each))
    return out
  }

  /** The state machine is done at once: what it does is nothing to an election. */
  #take(effect: Effect, now: Ticks): void {
    if (effect.type === 'persist') this.#writing.push(effect.token)
    else if (effect.type === 'send' || effect.type === 'reply') this.#outbox.push(effect)
    else if (effect.type === 'apply') this.step({ type: 'applied', index: effect.to }, now)
  }
}
