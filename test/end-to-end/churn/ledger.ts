/** What the clients were told about each of their commands. */
import { RollcallError } from '../../../lib/rpc/errors.js'

/** Long enough that some minutes of commands make the members take snapshots. */
const PADDING = 'x'.repeat(500)

/** Each append has a key of its own; this is what goes into the log for it. */
export function textOf(key: string): string {
  return `${key} ${PADDING}`
}

/** The key of a text that is one of ours, unharmed. */
export function keyOf(text: string): string | undefined {
  const key = text.slice(0, Math.max(text.indexOf(' '), 0))
  return text === textOf(key) ? key : undefined
}

export class Ledger {
  /** Keys of acknowledged appends, and the places in the log that they were told. */
  readonly appended = new Map<string, number>()
  /** Keys of appends that were said not to have run, and of those that nobody knows about. */
  readonly refused = new Set<string>()
  readonly unknown = new Set<string>()
  /** What the acknowledged increments have answered. */
  readonly values: number[] = []
  unknownIncrements = 0
  refusedIncrements = 0
  /** Errors that no command of ours should meet. */
  readonly strange: string[] = []

  appendFailed(key: string, error: unknown): void {
    if (this.#isUnknown(error)) this.unknown.add(key)
    else this.refused.add(key)
  }

  incrementFailed(error: unknown): void {
    if (this.#isUnknown(error)) this.unknownIncrements++
    else this.refusedIncrements++
  }

  get acknowledged(): number {
    return this.appended.size + this.values.length
  }

  /** What says nothing of its outcome counts as unknown. */
  #isUnknown(error: unknown): boolean {
    if (error instanceof RollcallError && error.outcome !== 'executed') return error.outcome === 'unknown'
    this.strange.push(String(error))
    return true
  }
}
