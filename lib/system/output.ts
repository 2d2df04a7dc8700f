/**
 * Texts and bytes that wait to be written, in their order. Small texts that follow one another are told as one, what is
 * large in slices: to turn many MiB into bytes at once would hold up whoever else is to be heard.
 */

import { endOfPiece } from '../rpc/messages/message-size.js'

/** The longest text that is told at once. UTF-16 units; of bytes as many. */
export const SLICE_LENGTH = 64 * 1024

export class Output {
  #waiting: (string | Uint8Array)[] = []
  /** Of the first, what is told already. */
  #told = 0
  /** Of all that waits. UTF-16 units of texts, and bytes. */
  length = 0

  /** Bytes must not change any more. */
  put(what: string | Uint8Array): void {
    this.length += what.length
    const last = this.#waiting.length - 1
    const end = this.#waiting[last]
    const isOneText = typeof what === 'string' && typeof end === 'string'
    if (isOneText && end.length + what.length <= SLICE_LENGTH) this.#waiting[last] = end + what
    else this.#waiting.push(what)
  }

  /** The next slice; empty when nothing waits. */
  take(): string | Uint8Array {
    const first = this.#waiting[0] ?? ''
    const from = this.#told
    const isShort = first.length - from <= SLICE_LENGTH
    const end = isShort ? first.length : endOfSlice(first, from)
    const isWhole = end === first.length
    this.#told = isWhole ? 0 : end
    this.length -= end - from
    if (isWhole) this.#waiting.shift()
    if (isWhole && from === 0) return first
    return typeof first === 'string' ? first.slice(from, end) : first.subarray(from, end)
  }
}

function endOfSlice(what: string | Uint8Array, from: number): number {
  return typeof what === 'string' ? endOfPiece(what, from, SLICE_LENGTH) : from + SLICE_LENGTH
}
