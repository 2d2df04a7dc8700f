/**
 * A digest of the stream of results, from the first command on: replicas that ran the same commands and came to the
 * same results have the same one. Where theirs differ, their states have parted.
 *
 * What an error says is left out, because engines word their own differently; which error it is counts.
 */
import { hasEscaped } from '../../json.js'
import { RemoteError, RolledBackError, type RollcallError } from '../../rpc/errors.js'
import { jsonOf, type CommandResult } from '../objects/hosted.js'

/** What must be the same on all members, and is compared. */
export type Compared = 'results' | 'events'

/** Digests that are kept to be asked for. */
export const DIGESTS_KEPT = 65_536

/** The lanes, without a sign. */
export type HashState = readonly [number, number]

/** A hash of texts, one after another: two lanes of FNV-1a with different multipliers, 32 bits each. */
export class RunningHash {
  /** Both with a sign: the engine keeps such numbers in place, and larger ones apart. */
  #high: number
  #low: number

  constructor([high, low]: HashState = [0x9e3779b9, 0x85ebca6b]) {
    this.#high = high | 0
    this.#low = low | 0
  }

  get state(): HashState {
    return [this.#high >>> 0, this.#low >>> 0]
  }

  /** A whole number below 2^53. */
  get value(): number {
    return (this.#high & 0x1fffff) * 0x1_0000_0000 + (this.#low >>> 0)
  }

  mix(text: string): void {
    let high = this.#high
    let low = this.#low
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      high = Math.imul(high ^ unit, 0x01000193)
      low = Math.imul(low ^ unit, 0x5bd1e995)
      low ^= low >>> 15
    }
    this.#high = high
    this.#low = low
  }

  /** As `mix(JSON.stringify(text))`. */
  mixQuoted(text: string): void {
    if (hasEscaped(text)) return this.mix(JSON.stringify(text))
    this.mix('"')
    this.mix(text)
    this.mix('"')
  }
}

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
    const hash = this.#hash
    if (result !== undefined) {
      hash.mix(String(index))
      hash.mix(' ')
      if ('error' in result) hash.mix(wordsOf(result.error))
      else if (typeof result.value === 'string') hash.mixQuoted(result.value)
      else hash.mix(jsonOf(result))
    }
    this.#last = index
    this.#ring[index % DIGESTS_KEPT] = hash.value
  }

  /**
   * As of the entry at `index`, a whole number below 2^53; undefined when that is not applied yet or not kept any more.
   */
  at(index: number): number | undefined {
    const isKept = index >= this.#first && index <= this.#last && index > this.#last - DIGESTS_KEPT
    return isKept ? this.#ring[index % DIGESTS_KEPT] : undefined
  }
}

function wordsOf(error: RollcallError): string {
  if (error instanceof RolledBackError) return `${error.code} ${error.index}`
  return error instanceof RemoteError ? `${error.code} ${error.remote.name}` : String(error.code)
}
