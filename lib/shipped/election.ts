import type { Json } from '../json.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { Leased } from './leased.js'
import { readId, readName, readTurnOptions, readValue, type Turn, type TurnOptions } from './turns.js'

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
  static override readonly frees = ['resign']
  static override readonly [PARAMETERS] = {
    ...Leased[PARAMETERS],
    campaign: ['name', 'candidate', 'value', 'options'],
    renew: ['name', 'candidate'],
    resign: ['name', 'candidate'],
    leader: ['name'],
  }

  protected override readonly whom = 'candidate'

  /** The token, or how many are ahead; null where another one leads and nobody wants to wait. */
  @command campaign(name: string, candidate: string, value: Json = null, options?: TurnOptions): Turn {
    const signature = 'campaign(name, candidate, value, options)'
    const [key, id] = [readName(name, signature), readId(candidate, signature, 'candidate')]
    const asked = { ...readTurnOptions(options, signature), value: readValue(value, signature) }
    return this.turns.ask(key, id, { ...asked, permits: 1 })
  }

  /** Whether it led or stood. */
  @command resign(name: string, candidate: string): boolean {
    return this.leave(name, candidate, 'resign')
  }

  /** Null: nobody leads. */
  @query leader(name: string): Elected | null {
    const [first] = this.turns.queueOf(readName(name, 'leader(name)')).holders
    return first === undefined ? null : { candidate: first.id, value: first.value, token: first.token }
  }
}
