import { isWhole, membersOf, type Json } from '../../json.js'
import type { AcquireOptions, CoordinationPorts, Held, Hold } from './ports.js'
import type { TurnsOf } from './turns.js'

/** The elected leader. */
export interface ElectedLeader {
  /** The id of its candidacy. */
  readonly candidate: string
  /** The value that it published. */
  readonly value: Json
  /** A fencing token, higher than those of all earlier leaders. */
  readonly token: number
}

/** How to stand in an election. */
export interface CampaignOptions extends AcquireOptions {
  /** What everyone can read about the leader, such as its address: JSON of at most 512 characters. Default null. */
  readonly value?: Json
}

/** An election of the cluster: one candidate leads at a time, in order of arrival. */
export class Election {
  readonly #ports: CoordinationPorts
  readonly #turns: TurnsOf

  constructor(
    ports: CoordinationPorts,
    turns: TurnsOf,
    readonly name: string,
  ) {
    this.#ports = ports
    this.#turns = turns
  }

  /** Resolves once this candidate leads; it resigns by `release`. */
  campaign({ value = null, ...options }: CampaignOptions = {}): Promise<Hold> {
    return this.#turns.one(this.#turn(value), options)
  }

  /** Runs the task once this candidate leads, and resigns when the task has ended. Settles as the task does. */
  run<T>(
    task: (held: Held) => T | Promise<T>,
    { value = null, ...options }: CampaignOptions = {},
  ): Promise<T> {
    return this.#turns.during(this.#turn(value), task, options)
  }

  /** The current leader. Null: nobody leads. */
  async leader(): Promise<ElectedLeader | null> {
    const { candidate, value, token } = membersOf(await this.#ports.call('election', 'leader', [this.name]))
    return leaderOf(candidate, value, token)
  }

  /** Yields the current leader, or null, and then each change, until the reader leaves. */
  async *watch(): AsyncGenerator<ElectedLeader | null, undefined> {
    const events = this.#ports.watch('election', { topic: this.name })
    try {
      await events.begin()
      const first = await this.leader()
      yield first
      let last = { token: first?.token ?? 0, isThere: first !== null }
      for await (const { data } of events) {
        const { id, value, token } = membersOf(data)
        if (!isWhole(token)) continue
        const next = { token, isThere: id !== null }
        // What the first look has seen already is told once more.
        if (token < last.token || (token === last.token && (next.isThere || !last.isThere))) continue
        last = next
        yield leaderOf(id, value, token)
      }
    } finally {
      await events.return()
    }
    return undefined
  }

  #turn(value: Json) {
    const { name } = this
    const methods = { ask: 'campaign', release: 'resign' }
    return { object: 'election', name, methods, asked: (id: string) => [name, id, value] }
  }
}

function leaderOf(candidate?: Json, value?: Json, token?: Json): ElectedLeader | null {
  if (typeof candidate !== 'string' || !isWhole(token)) return null
  return { candidate, value: value ?? null, token }
}
