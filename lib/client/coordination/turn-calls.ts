/** The calls by which a turn is asked for, kept up and given back, whatever the object calls them. */
import { isWhole, membersOf, type Json } from '../../json.js'
import type { CallOptions } from '../../rpc/proxies/call-options.js'
import type { CoordinationPorts } from './ports.js'

/** It is had by that token, or, without one, waited for; null: neither. */
export type Turn = { readonly token?: number } | null

export interface TurnObject {
  readonly object: string
  readonly name: string
  readonly methods: { readonly ask: string; readonly release: string }
  /** The params of `ask`, but for the options. */
  readonly asked: (id: string) => readonly Json[]
}

export class TurnCalls {
  readonly #ports: CoordinationPorts
  readonly #turn: TurnObject

  constructor(ports: CoordinationPorts, turn: TurnObject) {
    this.#ports = ports
    this.#turn = turn
  }

  /** In a sentence. */
  get what(): string {
    return `the ${this.#turn.object} ${JSON.stringify(this.#turn.name)}`
  }

  /** Where its grants are told: the object, and the topic. */
  get told(): readonly [object: string, topic: string] {
    return [this.#turn.object, this.#turn.name]
  }

  async ask(id: string, options: { ttlMs: number; wait: boolean }, call?: CallOptions): Promise<Turn> {
    const { object, methods, asked } = this.#turn
    return turnIn(await this.#ports.call(object, methods.ask, [...asked(id), options], call))
  }

  async renew(id: string, call?: CallOptions): Promise<Turn> {
    const { object, name } = this.#turn
    return turnIn(await this.#ports.call(object, 'renew', [name, id], call))
  }

  async release(id: string): Promise<void> {
    const { object, name, methods } = this.#turn
    await this.#ports.call(object, methods.release, [name, id])
  }
}

function turnIn(answer: Json): Turn {
  if (answer === null) return null
  const { token } = membersOf(answer)
  return isWhole(token) ? { token } : {}
}
