/**
 * Texts that wait to be written, in their order. Small ones that follow one another are told as one, large ones in
 * slices: to turn many MiB into bytes at once would hold up whoever else is to be heard.
 */

import { endOfPiece } from '../rpc/messages/message-size.js'

/** The longest text that is told at once. UTF-16 units. */
export const SLICE_LENGTH = 64 * 1024

export class Output {
  #texts: string[] = []
  /** Of the first text, what is told already. */
  #told = 0
  /** Of all that waits. UTF-16 units. */
  length = 0

  put(text: string): void {
    this.length += text.length
    const last = this.#texts.length - 1
    const end = this.#texts[last]
    if (end === undefined || end.length + text.length > SLICE_LENGTH) this.#texts.push(text)
    else this.#texts[last] = end + text
  }

  /** The next slice; empty when nothing waits. */
  take(): string {
    const text = this.#texts[0] ?? ''
    const end =
      this.#told === 0 && text.length <= SLICE_LENGTH
        ? text.length
        : endOfPiece(text, this.#told, SLICE_LENGTH)
    const slice = end === text.length && this.#told === 0 ? text : text.slice(this.#told, end)
    this.length -= slice.length
    this.#told = end
    if (end === text.length) {
      this.#texts.shift()
      this.#told = 0
    }
    return slice
  }
}
