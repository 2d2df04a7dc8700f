/**
 * A digest of the stream of results, from the first command on: replicas that ran the same commands and came to the
 * same results have the same one. Where theirs differ, their states have parted.
 *
 * What an error says is left out, because engines word their own differently; which error it is counts.
 */
import { RemoteError, RolledBackError } from '../../rpc/errors.js'
import type { CommandResult } from '../objects/hosted.js'

/** Digests that are kept to be asked for. */
export const DIGESTS_KEPT = 65_536

export class Digest {
  #high = 0x9e3779b9
  #low = 0x85ebca6b
  #first: number
  #last: number
  readonly #ring = new Float64Array(DIGESTS_KEPT)

  /** Goes on where a snapshot at `index` stood; without one, from the beginning. */
  constructor(index = 0, state: readonly [number, number] = [0x9e3779b9, 0x85ebca6b]) {
    this.#first = index
    this.#last = index
    ;[this.#high, this.#low] = state
    this.#ring[index % DIGESTS_KEPT] = this.#value()
  }

  get state(): readonly [number, number] {
    return [this.#high, this.#low]
  }

  /** Takes in what the entry at `index` came to; undefined for one that is no command. Indices come in order. */
  take(index: number, result: CommandResult | undefined): void {
    if (result !== undefined) {
      this.#mix(`${index} `)
      this.#mix(textOf(result))
    }
    this.#last = index
    this.#ring[index % DIGESTS_KEPT] = this.#value()
  }

  /**
   * As of the entry at `index`, a whole number below 2^53; undefined when that is not applied yet or not kept any more.
   */
  at(index: number): number | undefined {
    const isKept = index >= this.#first && index <= this.#last && index > this.#last - DIGESTS_KEPT
    return isKept ? this.#ring[index % DIGESTS_KEPT] : undefined
  }

  /** Two lanes of FNV-1a with different multipliers. */
  #mix(text: string): void {
    let high = this.#high
    let low = this.#low
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      high = Math.imul(high ^ unit, 0x01000193)
      low = Math.imul(low ^ unit, 0x5bd1e995)
      low ^= low >>> 15
    }
    this.#high = high >>> 0
    this.#low = low >>> 0
  }

  #value(): number {
    return (this.#high & 0x1fffff) * 0x1_0000_0000 + this.#low
  }
}

function textOf(result: CommandResult): string {
  if ('value' in result) return JSON.stringify(result.value)
  const { error } = result
  if (error instanceof RolledBackError) return `${error.code} ${error.index}`
  return error instanceof RemoteError ? `${error.code} ${error.remote.name}` : String(error.code)
}
