/**
 * Bytes into lines, in time linear in the bytes however they are cut: only a new chunk is searched, and what is kept
 * of an unfinished line grows by doubling. The limit is checked before anything is kept, so that an endless line
 * costs no more than one limit's worth of memory.
 *
 * A line ends with `\n`; `\r` before it is white space of JSON and stays; empty lines are left out. Bytes that are not
 * UTF-8 become U+FFFD, as everywhere on the web: outside of a JSON string that is a parse error, inside it is data.
 */

const NEWLINE = 0x0a
const KEPT_BYTES_MIN = 1024
// A buffer that one long line has made larger than this is not kept for the next, probably short, one.
const KEPT_BYTES_REUSED_MAX = 65_536

export class LineSplitter {
  readonly #lineBytesMax: number
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #kept = new Uint8Array(0)
  /** Of an unfinished line. */
  keptBytes = 0

  /** `lineBytesMax`: longest line in bytes, its end not counted. */
  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /**
   * Tells each line that `chunk` completes, in order. False: a line is above the limit; it and all that follows it is
   * not told, and the splitter is of no more use. Does not hold on to `chunk`.
   */
  push(chunk: Uint8Array, line: (text: string) => void): boolean {
    // In a piece no longer than the limit, no line that both begins and ends within it can be above the limit.
    for (let from = 0; from < chunk.length; from += this.#lineBytesMax) {
      if (!this.#pushPiece(chunk.subarray(from, from + this.#lineBytesMax), line)) return false
    }
    return true
  }

  /** There will be no more bytes: what is kept is the last line. */
  end(line: (text: string) => void): void {
    if (this.keptBytes > 0) tell(this.#takeKept(), line)
  }

  /** Forgets what is kept. */
  clear(): void {
    this.#kept = new Uint8Array(0)
    this.keptBytes = 0
  }

  #pushPiece(piece: Uint8Array, line: (text: string) => void): boolean {
    const first = piece.indexOf(NEWLINE)
    if (first < 0) return this.#keep(piece)
    let from = 0
    if (this.keptBytes > 0) {
      if (!this.#keep(piece.subarray(0, first))) return false
      tell(this.#takeKept(), line)
      from = first + 1
    }
    const last = piece.lastIndexOf(NEWLINE)
    if (last >= from) this.#tellAll(this.#decoder.decode(piece.subarray(from, last)), line)
    return last + 1 === piece.length || this.#keep(piece.subarray(last + 1))
  }

  #tellAll(text: string, line: (text: string) => void): void {
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      tell(text.slice(from, end), line)
      from = end + 1
    }
    tell(from === 0 ? text : text.slice(from), line)
  }

  #keep(bytes: Uint8Array): boolean {
    const length = this.keptBytes + bytes.length
    if (length > this.#lineBytesMax) return false
    if (bytes.length === 0) return true
    if (length > this.#kept.length) this.#grow(length)
    this.#kept.set(bytes, this.keptBytes)
    this.keptBytes = length
    return true
  }

  #grow(length: number): void {
    const larger = new Uint8Array(
      Math.max(length, KEPT_BYTES_MIN, Math.min(this.#kept.length * 2, this.#lineBytesMax)),
    )
    larger.set(this.#kept.subarray(0, this.keptBytes))
    this.#kept = larger
  }

  #takeKept(): string {
    const text = this.#decoder.decode(this.#kept.subarray(0, this.keptBytes))
    this.keptBytes = 0
    if (this.#kept.length > KEPT_BYTES_REUSED_MAX) this.#kept = new Uint8Array(0)
    return text
  }
}

function tell(text: string, line: (text: string) => void): void {
  if (text !== '' && text !== '\r') line(text)
}
