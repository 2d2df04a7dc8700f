import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { Leased } from './leased.js'
import { readId, readName, readTurnOptions, type Turn, type TurnOptions } from './turns.js'

/** Who holds a lock. */
export interface LockHolder {
  readonly holder: string
  readonly token: number
  /** How many wait for it. */
  readonly waiting: number
}

/**
 * Locks by name, each held by one at a time, in the order in which they came. Each grant is an event `{id, token,
 * value: null}` with the name as its topic, and with null in place of the id when a lock has become free: the token is that of the last
 * one then.
 */
export class Lock extends Leased {
  static override readonly frees = ['release']
  static override readonly [PARAMETERS] = {
    ...Leased[PARAMETERS],
    acquire: ['name', 'holder', 'options'],
    release: ['name', 'holder'],
    holder: ['name'],
  }

  /** The token, or how many are ahead; null where another one has it and nobody wants to wait. Again: it is kept up. */
  @command acquire(name: string, holder: string, options?: TurnOptions): Turn {
    const signature = 'acquire(name, holder, options)'
    const [key, id] = [readName(name, signature), readId(holder, signature, 'holder')]
    return this.turns.ask(key, id, { ...readTurnOptions(options, signature), value: null, permits: 1 })
  }

  /** Whether it was held or waited for. */
  @command release(name: string, holder: string): boolean {
    return this.leave(name, holder, 'release')
  }

  /** Null: nobody holds it. */
  @query holder(name: string): LockHolder | null {
    const { holders, waiting } = this.turns.queueOf(readName(name, 'holder(name)'))
    const [first] = holders
    return first === undefined ? null : { holder: first.id, token: first.token, waiting: waiting.length }
  }
}
