import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { Leased } from './leased.js'
import { readId, readName, readToken, readTurnOptions, type Turn, type TurnOptions } from './turns.js'

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
  static readonly frees = ['renew', 'release', 'demand']
  static readonly [PARAMETERS] = {
    acquire: ['name', 'holder', 'options'],
    renew: ['name', 'holder'],
    release: ['name', 'holder'],
    demand: ['name', 'token'],
    holder: ['name'],
  }

  /** The token, or how many are ahead; null where another one has it and nobody wants to wait. Again: it is kept up. */
  @command acquire(name: string, holder: string, options?: TurnOptions): Turn {
    const signature = 'acquire(name, holder, options)'
    const [key, id] = [readName(name, signature), readId(holder, signature, 'holder')]
    return this.turns.ask(key, id, { ...readTurnOptions(options, signature), value: null, permits: 1 })
  }

  /** Keeps the lock, or the place at which it is waited for; null: neither is there any more. */
  @command renew(name: string, holder: string): Turn {
    const signature = 'renew(name, holder)'
    return this.turns.renew(readName(name, signature), readId(holder, signature, 'holder'))
  }

  /** Whether it was held or waited for. */
  @command release(name: string, holder: string): boolean {
    const signature = 'release(name, holder)'
    return this.turns.release(readName(name, signature), readId(holder, signature, 'holder'))
  }

  /** For an atomic entry: @throws StaleTokenError unless the lock is held by that token */
  @command demand(name: string, token: number): void {
    const signature = 'demand(name, token)'
    this.turns.demand(readName(name, signature), readToken(token, signature))
  }

  /** Null: nobody holds it. */
  @query holder(name: string): LockHolder | null {
    const { holders, waiting } = this.turns.queueOf(readName(name, 'holder(name)'))
    const [first] = holders
    return first === undefined ? null : { holder: first.id, token: first.token, waiting: waiting.length }
  }
}
