/**
 * Texts that stay for long and are seldom read, as bytes in a few large pieces of memory, which no garbage collection
 * copies or looks through. Each is made anew when they are read. A lone surrogate becomes U+FFFD, as it does on disk and
 * on the way to another member.
 */
const encoder = new TextEncoder()
// A text may begin with U+FEFF, which a decoder drops unless told otherwise.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const PIECE_BYTES = 256 * 1024

/** So many that follow one another are packed together. */
export const GROUP_LENGTH = 32

/** Memory in large pieces. One is free again when nobody has any part of it any more. */
export class Pieces {
  #piece = new Uint8Array(0)
  #used = 0

  /** The text as UTF-8. */
  bytesOf(text: string): Uint8Array {
    if (text.length > PIECE_BYTES / 4) return encoder.encode(text)
    if (this.#used + text.length > this.#piece.length) {
      this.#piece = new Uint8Array(PIECE_BYTES)
      this.#used = 0
    }
    // Into just as much room as ASCII takes the engine copies it; otherwise it looks at each unit.
    const bytes = this.#piece.subarray(this.#used, this.#used + text.length)
    if (encoder.encodeInto(text, bytes).read < text.length) return encoder.encode(text)
    this.#used += text.length
    return bytes
  }
}

export class PackedTexts {
  /** One after another. */
  readonly #bytes: Uint8Array
  /** Where each ends among them. UTF-16 units. */
  readonly #ends: number[]

  constructor(texts: readonly string[], memory: Pieces) {
    this.#bytes = memory.bytesOf(texts.join(''))
    let end = 0
    this.#ends = texts.map(({ length }) => (end += length))
  }

  /** UTF-16 units of one of them. */
  lengthAt(place: number): number {
    return (this.#ends[place] ?? 0) - (this.#ends[place - 1] ?? 0)
  }

  read(): readonly string[] {
    const all = decoder.decode(this.#bytes)
    return this.#ends.map((end, place) => all.slice(this.#ends[place - 1] ?? 0, end))
  }
}
