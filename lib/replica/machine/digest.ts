/**
 * A digest of the stream of results, from the first command on: replicas that ran the same commands and came to the
 * same results have the same one. Where theirs differ, their states have parted.
 *
 * What an error says is left out, because engines word their own differently; which error it is counts.
 */
import { RemoteError, RolledBackError } from '../../rpc/errors.js'
import type { CommandResult } from '../objects/hosted.js'
import { RunningHash, type HashState } from './running-hash.js'

/** What must be the same on all members, and is compared. */
export type Compared = 'results' | 'events'

/** Digests that are kept to be asked for. */
export const DIGESTS_KEPT = 65_536

export class Digest {
  readonly #hash: RunningHash
  #first: number
  #last: number
  readonly #ring = new Float64Array(DIGESTS_KEPT)

  /** Goes on where a snapshot at `index` stood; without one, from the beginning. */
  constructor(index = 0, state?: HashState) {
    this.#first = index
    this.#last = index
    this.#hash = new RunningHash(state)
    this.#ring[index % DIGESTS_KEPT] = this.#hash.value
  }

  get state(): HashState {
    return this.#hash.state
  }

  /** Takes in what the entry at `index` came to; undefined for one that is no command. Indices come in order. */
  take(index: number, result: CommandResult | undefined): void {
    if (result !== undefined) {
      this.#hash.mix(`${index} `)
      this.#hash.mix(textOf(result))
    }
    this.#last = index
    this.#ring[index % DIGESTS_KEPT] = this.#hash.value
  }

  /**
   * As of the entry at `index`, a whole number below 2^53; undefined when that is not applied yet or not kept any more.
   */
  at(index: number): number | undefined {
    const isKept = index >= this.#first && index <= this.#last && index > this.#last - DIGESTS_KEPT
    return isKept ? this.#ring[index % DIGESTS_KEPT] : undefined
  }
}

function textOf(result: CommandResult): string {
  if ('value' in result) return JSON.stringify(result.value)
  const { error } = result
  if (error instanceof RolledBackError) return `${error.code} ${error.index}`
  return error instanceof RemoteError ? `${error.code} ${error.remote.name}` : String(error.code)
}
