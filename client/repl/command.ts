/** What a REPL command is. */
import type { Json } from '../../lib/json.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { Supervisor } from '../up/supervisor.js'
import type { Waits } from '../waits.js'

/**
 * What a command leaves on stdout: a value as JSON, for people perhaps in a kinder form; or text as it is. What of
 * it came from outside has been made printable, as the text may have colours in it.
 */
export type Result =
  | { readonly kind: 'value'; readonly value: Json; readonly pretty?: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'nothing' }

export type ResultOf<Kind extends Result['kind']> = Extract<Result, { readonly kind: Kind }>

export interface ReplContext {
  readonly rollcall: Rollcall
  /** Hears why its calls wait. */
  readonly waits?: Waits
  /** The processes that this REPL started; absent in a client that started none. */
  readonly supervisor?: Supervisor | undefined
  /** Shows the live view until somebody presses a key; absent without a terminal. */
  readonly watch?: (() => Promise<void>) | undefined
  /** Prints an object's events as they happen until somebody presses a key; absent without a terminal. */
  readonly follow?: ((object: string, prefix: string) => Promise<void>) | undefined
  /** Columns of the place where text results go. */
  readonly columns: number
  readonly colour: boolean
}

export interface ReplCommand {
  readonly name: string
  /** What follows the name: `KEY VALUE`. */
  readonly usage: string
  /** One line, for help. */
  readonly explanation: string
  /** For help, below its line: what may follow the name, and a line on each. */
  readonly parts?: () => readonly (readonly [name: string, explanation: string])[]
  /** Where it is offered. Default: everywhere. */
  readonly needs?: 'supervisor'
  /** `rest` is what was typed after the name, trimmed. @throws UsageError, or the call's own error */
  run(rest: string, context: ReplContext): Promise<Result>
  /** What the word at position `index` after the name may be, for Tab. */
  complete?(index: number, context: ReplContext): Promise<readonly string[]>
}

export const value = (value: Json, pretty?: string): Result =>
  pretty === undefined ? { kind: 'value', value } : { kind: 'value', value, pretty }
export const text = (text: string): Result => ({ kind: 'text', text })
export const nothing: Result = { kind: 'nothing' }
