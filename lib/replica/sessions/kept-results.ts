/** The results of one session's commands, kept so that a command that is sent again gets its first answer. */
import { membersOf, parseJson } from '../../json.js'
import { RemoteError } from '../../rpc/errors.js'
import { Numbered } from '../../rpc/numbered.js'
import { readWireError } from '../../rpc/messages/response.js'
import { fromWire, toWire } from '../../rpc/wire-error.js'
import type { WireError } from '../../rpc/wire-error.js'
import { jsonOf, type CommandResult } from '../objects/hosted.js'

/** The longest result that is kept, in characters of JSON. The answer to a repeated command says that it was longer. */
const RESULT_SIZE_MAX = 1024 * 1024

/** What a kept result takes beside its text, in characters: its number, its place in the table. */
const OVERHEAD = 128

export interface KeptResult {
  /** Of the command: another command under the same number is a mistake. */
  readonly fingerprint: number
  /** JSON of `{"value": …}` or of `{"error": …}`, the error as it goes over the wire. */
  readonly text: string
}

interface Kept extends KeptResult {
  /** Snapshots hold them in the order in which they came. */
  readonly at: number
}

export class KeptResults {
  /** Results of lower sequence numbers are forgotten. Changed by `forgetBelow`. */
  floor: number
  /** In characters, overheads included. */
  size = 0
  readonly #bySeq = new Numbered<Kept>()
  /** To look at. */
  readonly bySeq: Readonly<Pick<Numbered<KeptResult>, 'get' | 'size'>> = this.#bySeq
  /** How many have been kept. */
  #last = 0

  /** `epoch`: the table's, when this was made. What is older may be part of a snapshot, and must not change. */
  constructor(
    readonly epoch: number,
    floor: number,
  ) {
    this.floor = floor
  }

  /** A copy that may be changed in `epoch`. */
  copyFor(epoch: number): KeptResults {
    const copy = new KeptResults(epoch, this.floor)
    for (const [seq, { fingerprint, text }] of this) copy.keep(seq, fingerprint, text)
    return copy
  }

  /** Under a number that has none. By how much the size has grown. */
  keep(seq: number, fingerprint: number, text: string): number {
    const grown = text.length + OVERHEAD
    this.#bySeq.put(seq, { fingerprint, text, at: ++this.#last })
    this.size += grown
    return grown
  }

  /**
   * Takes the shorter way: through the numbers that are given up, or through the results that there are. By how much
   * the size has shrunk.
   */
  forgetBelow(floor: number): number {
    const { floor: from, size } = this
    if (floor <= from) return 0
    this.floor = floor
    if (floor - from <= this.#bySeq.size) {
      for (let seq = from; seq < floor; seq += 1) this.#forget(seq)
    } else {
      for (const [seq] of this.#bySeq.all()) if (seq < floor) this.#forget(seq)
    }
    return size - this.size
  }

  #forget(seq: number): void {
    const result = this.#bySeq.take(seq)
    if (result !== undefined) this.size -= result.text.length + OVERHEAD
  }

  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<readonly [number, KeptResult]> {
    return [...this.#bySeq.all()].sort(([, one], [, other]) => one.at - other.at)[Symbol.iterator]()
  }
}

/** The text under which a result is kept. */
export function textOf(result: CommandResult): string {
  const text = 'error' in result ? errorText(toWire(result.error)) : `{"value":${jsonOf(result)}}`
  if (text.length <= RESULT_SIZE_MAX) return text
  const message = `the command has run once, but its result was longer than the ${RESULT_SIZE_MAX} characters that a session keeps`
  return errorText(toWire(new RemoteError({ name: 'ResultNotKept', message })))
}

function errorText(error: WireError): string {
  return JSON.stringify({ error })
}

/** Reads what {@link textOf} made; nothing of the result is shared. */
export function resultOf(text: string): CommandResult {
  const { error, value = null } = membersOf(parseJson(text))
  const told = readWireError(error)
  return told === undefined ? { value } : { error: fromWire(told) }
}

const FACTOR_LEFT = 0x9e3779b1
const FACTOR_RIGHT = 0x85ebca77
/** In bits. */
const LEFT_TURN = 13
const RIGHT_TURN = 17
const OPENING = '['.charCodeAt(0)
const CLOSING = ']'.charCodeAt(0)

/**
 * A number that stands for a text, a whole one from 0 up to, not including, 2^53: equal for equal texts, and for
 * different ones different but in one case out of 2^53. Results are kept under it in the log's state, so that it must
 * give the same number in every version of this program. It guards against mistakes, not against someone who looks for
 * two texts with one number. Looks at UTF-16 units, so that texts need not be well-formed.
 * `from`, `to`: of what stands there in the text. `brackets`: so many on either side of it.
 */
export function fingerprint(text: string, from = 0, to = text.length, brackets: 0 | 1 = 0): number {
  const length = to - from + 2 * brackets
  let left = length
  let right = ~length
  if (brackets === 1) {
    left = stirred(left, LEFT_TURN, OPENING, FACTOR_LEFT)
    right = stirred(right, RIGHT_TURN, OPENING, FACTOR_RIGHT)
  }
  for (let at = from; at < to; at += 1) {
    const unit = text.charCodeAt(at)
    left = stirred(left, LEFT_TURN, unit, FACTOR_LEFT)
    right = stirred(right, RIGHT_TURN, unit, FACTOR_RIGHT)
  }
  if (brackets === 1) {
    left = stirred(left, LEFT_TURN, CLOSING, FACTOR_LEFT)
    right = stirred(right, RIGHT_TURN, CLOSING, FACTOR_RIGHT)
  }
  const high = mixed(left ^ ((right << 9) | (right >>> 23)))
  const low = mixed(right ^ ((left << 21) | (left >>> 11)))
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0)
}

/** Turned by some bits, the unit goes in, and the product carries it up. */
function stirred(lane: number, turn: number, unit: number, factor: number): number {
  return Math.imul(((lane << turn) | (lane >>> (32 - turn))) ^ unit, factor)
}

/** Lets each bit weigh on every other: without it the low bits would hang on the low bits of the units alone. */
function mixed(value: number): number {
  const half = Math.imul(value ^ (value >>> 15), FACTOR_RIGHT)
  const whole = Math.imul(half ^ (half >>> 13), FACTOR_LEFT)
  return whole ^ (whole >>> 16)
}
