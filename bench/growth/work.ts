/** What a client of the growth benchmark is sent. */
import type { LoopEnd } from '../load.js'

export type Work =
  /** `set` of values of that size, of one key after another from that one on. Answered with a LoadResult. */
  | {
      readonly type: 'load'
      readonly inFlight: number
      readonly end: LoopEnd
      readonly keys: number
      readonly valueBytes: number
      readonly from?: number
    }
  /** So many clients are there, and do nothing. Answered with their number. */
  | { readonly type: 'rest'; readonly clients: number }
  /** So many names are registered from that one on. Answered with a LoadResult. */
  | { readonly type: 'register'; readonly from: number; readonly names: number }
  /** All names are asked for. Answered with their number. */
  | { readonly type: 'list' }
