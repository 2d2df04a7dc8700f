import type { WrittenMeta } from '../exposed.js'
import type { WireError } from '../wire-error.js'

/** What became of a call: its result as JSON text, or its error. */
export type CallOutcome = Success | { readonly error: WireError }

interface Success {
  readonly result: string
  readonly meta?: WrittenMeta
  /** Told when it is not sent after all. */
  readonly onDropped?: () => void
}
