/** What all errors of a call have in common. */
import type { Json } from '../json.js'
import { fieldToTell } from '../values/error-values.js'
import { stackless } from './thrown.js'

/** Whether the attempt that the error answers has run. */
export type Outcome = 'executed' | 'not-executed' | 'unknown'

/**
 * What another attempt at the same call may bring. `elsewhere`: another member may take it, or this one a moment later,
 * so find out anew where to go, and pause between attempts; `later`: the same place may take it after a pause; `never`:
 * it would come to the same error. This does not say that another attempt is safe: that is for the outcome to say.
 */
export type Retry = 'elsewhere' | 'later' | 'never'

/** What an error may carry beside its sentence. */
export interface ErrorExtras {
  readonly data?: Json | undefined
  readonly cause?: unknown
}

/** On each error of each copy of this package that the process has. */
const KIN = Symbol.for('rollcall.error')

/** What every call rejects with: which error it is, whether the call has run, and whether to try again. */
export abstract class RollcallError extends Error {
  /**
   * Of errors that another copy of this package has made (a bundle's, that of `require`
   * beside that of `import`) the class counts by its name. What throws when it is looked at is none.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
      return value instanceof Error && KIN in value && classesOf(value).includes(this.name)
    } catch {
      return false
    }
  }

  /** The code on the wire. */
  abstract readonly code: number
  /** The contract's name of the code: `NOT_LEADER`. */
  abstract readonly label: string
  abstract readonly outcome: Outcome
  /**
   * Whether another attempt may fare better. A loop of one's own sends a call again while this is not `never` and the
   * outcome is `not-executed`, and after `unknown` only what may run twice. Proxies do so
   * by themselves until their time is over.
   */
  abstract readonly retry: Retry
  readonly data?: Json

  constructor(message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.name = new.target.name
    if (extras.data !== undefined) this.data = extras.data
  }

  /** Where it was thrown stays at home where an error is a value: what another process has told of that, too. */
  [fieldToTell](name: string): unknown {
    const field: unknown = Reflect.get(this, name)
    return name === 'data' || name === 'remote' ? stackless(field) : field
  }
}
Object.defineProperty(RollcallError.prototype, KIN, { value: true })

function classesOf(error: Error): readonly string[] {
  const above: unknown = Object.getPrototypeOf(error)
  return above instanceof Error ? [above.constructor.name, ...classesOf(above)] : [error.constructor.name]
}
