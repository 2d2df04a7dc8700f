import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { Leased } from './leased.js'
import { readId, readName, readPermits, readTurnOptions, type Turn, type TurnOptions } from './turns.js'

/** Who has permits of a semaphore. */
export interface SemaphoreState {
  readonly permits: number
  readonly holders: readonly { readonly holder: string; readonly token: number }[]
  /** How many wait for one. */
  readonly waiting: number
}

/**
 * Semaphores by name, each held by as many at a time as it has permits, in the order in which they came. Each grant is
 * an event `{id, token, value: null}` with the name as its topic, and with null in place of the id when
 * the last permit was given back.
 */
export class Semaphore extends Leased {
  static override readonly frees = ['release']
  static override readonly [PARAMETERS] = {
    ...Leased[PARAMETERS],
    acquire: ['name', 'permits', 'holder', 'options'],
    release: ['name', 'holder'],
    state: ['name'],
  }

  /**
   * The token, or how many are ahead; null where all permits are taken and nobody wants to wait. How many there are is
   * as the last one says who asks: with fewer than before, those who have one keep it.
   */
  @command acquire(name: string, permits: number, holder: string, options?: TurnOptions): Turn {
    const signature = 'acquire(name, permits, holder, options)'
    const [key, id] = [readName(name, signature), readId(holder, signature, 'holder')]
    const asked = { ...readTurnOptions(options, signature), permits: readPermits(permits, signature) }
    return this.turns.ask(key, id, { ...asked, value: null })
  }

  /** Whether it was held or waited for. */
  @command release(name: string, holder: string): boolean {
    return this.leave(name, holder, 'release')
  }

  /** Null: nobody has a permit, and how many there are says who asks first. */
  @query state(name: string): SemaphoreState | null {
    const { permits, holders, waiting } = this.turns.queueOf(readName(name, 'state(name)'))
    if (holders.length === 0) return null
    const held = holders.map(({ id, token }) => ({ holder: id, token }))
    return { permits, holders: held, waiting: waiting.length }
  }
}
