import type { Json } from '../json.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { Leased } from './leased.js'
import {
  readId,
  readName,
  readToken,
  readTurnOptions,
  readValue,
  type Turn,
  type TurnOptions,
} from './turns.js'

/** Who leads. */
export interface Elected {
  readonly candidate: string
  /** What it has said of itself, such as its address. */
  readonly value: Json
  readonly token: number
}

/**
 * Elections by name, each won by one at a time, who came first. Each change is an event `{id, token, value}` of whoever
 * leads from then on, with the name as its topic, and with null in place of the id, and the former one's
 * token, when nobody does.
 */
export class Election extends Leased {
  static readonly frees = ['renew', 'resign', 'demand']
  static readonly [PARAMETERS] = {
    campaign: ['name', 'candidate', 'value', 'options'],
    renew: ['name', 'candidate'],
    resign: ['name', 'candidate'],
    demand: ['name', 'token'],
    leader: ['name'],
  }

  /** The token, or how many are ahead; null where another one leads and nobody wants to wait. */
  @command campaign(name: string, candidate: string, value: Json = null, options?: TurnOptions): Turn {
    const signature = 'campaign(name, candidate, value, options)'
    const [key, id] = [readName(name, signature), readId(candidate, signature, 'candidate')]
    const asked = { ...readTurnOptions(options, signature), value: readValue(value, signature) }
    return this.turns.ask(key, id, { ...asked, permits: 1 })
  }

  /** Keeps office, or the place in the row; null: neither is there any more. */
  @command renew(name: string, candidate: string): Turn {
    const signature = 'renew(name, candidate)'
    return this.turns.renew(readName(name, signature), readId(candidate, signature, 'candidate'))
  }

  /** Whether it led or stood. */
  @command resign(name: string, candidate: string): boolean {
    const signature = 'resign(name, candidate)'
    return this.turns.release(readName(name, signature), readId(candidate, signature, 'candidate'))
  }

  /** For an atomic entry: @throws StaleTokenError unless whoever leads does by that token */
  @command demand(name: string, token: number): void {
    const signature = 'demand(name, token)'
    this.turns.demand(readName(name, signature), readToken(token, signature))
  }

  /** Null: nobody leads. */
  @query leader(name: string): Elected | null {
    const [first] = this.turns.queueOf(readName(name, 'leader(name)')).holders
    return first === undefined ? null : { candidate: first.id, value: first.value, token: first.token }
  }
}
