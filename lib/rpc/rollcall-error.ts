/** What all errors of a call have in common: a code, whether the call has run, and whether to try again. */
import type { Json } from '../json.js'
import { fieldToTell } from '../values/error-values.js'
import { stackless } from './thrown.js'

/** Whether the attempt that failed has run. */
export type Outcome = 'executed' | 'not-executed' | 'unknown'

/**
 * Whether another attempt at the same call is worth while. `elsewhere`: another member may accept it, or this one a
 * moment later, so find out again where to go, and pause between attempts. `later`: the same place may accept it after
 * a pause. `never`: it would fail in the same way. Whether another attempt is safe is for the outcome to say.
 */
export type Retry = 'elsewhere' | 'later' | 'never'

/** What an error may carry besides its message. */
export interface ErrorExtras {
  readonly data?: Json | undefined
  readonly cause?: unknown
}

/** Marks the errors of every copy of this package in the process. */
const KIN = Symbol.for('rollcall.error')

/** What every call rejects with: which error it was, whether the call has run, and whether to try again. */
export abstract class RollcallError extends Error {
  /**
   * Errors made by another copy of this package (in a bundle, or loaded by `require` beside `import`) are instances of
   * the class with the same name. A value that throws when it is examined is not one.
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
  /** The name of the code: `NOT_LEADER`. */
  abstract readonly label: string
  /** Whether the attempt has run. */
  abstract readonly outcome: Outcome
  /**
   * Whether another attempt may fare better. A retry loop of your own repeats a call only while this is not `never`,
   * and only if the outcome is `not-executed`, or it is `unknown` and the call may run twice. Proxies do so by
   * themselves until their time is over.
   */
  abstract readonly retry: Retry
  readonly data?: Json

  constructor(message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.name = new.target.name
    if (extras.data !== undefined) this.data = extras.data
  }

  /** When an error travels as a value its stack stays behind, and so does one that came from another process. */
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
