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

interface Piece {
  readonly memory: Uint8Array
  /** Bytes from its beginning on. */
  used: number
  /** How many of those that came while it was being filled are still wanted. */
  texts: number
  /** Somebody may read it for however long: nothing else will ever be in it. */
  isLent: boolean
}

/**
 * Memory in large pieces, for texts that go in the order in which they came. A piece whose texts have gone is used for
 * those that come: until it was collected it would be there beside the next one.
 */
export class Pieces {
  /** In the order in which they were begun. The last one is being filled. */
  readonly #pieces: Piece[] = []
  /** As many as were left at once, and one: no more will be needed until so many are left again. */
  #spare: Uint8Array[] = []

  /** The texts that are there stay in it also when they are dropped, for those who have them by then. */
  lend(): void {
    for (const piece of this.#pieces) piece.isLent = true
  }

  /** The text as UTF-8, for as long as it has not been dropped. */
  bytesOf(text: string): Uint8Array {
    const isLong = text.length > PIECE_BYTES / 4
    const piece = this.#pieceWith(isLong ? 0 : text.length)
    piece.texts += 1
    if (isLong) return encoder.encode(text)
    // Into just as much room as ASCII takes the engine copies it; otherwise it looks at each unit.
    const bytes = piece.memory.subarray(piece.used, piece.used + text.length)
    if (encoder.encodeInto(text, bytes).read < text.length) return encoder.encode(text)
    piece.used += text.length
    return bytes
  }

  /** The oldest ones, so many: their memory is others' from here on. */
  drop(count: number): void {
    const left: Uint8Array[] = []
    let more = count
    let [oldest] = this.#pieces
    while (oldest !== undefined && this.#pieces.length > 1 && oldest.texts <= more) {
      more -= oldest.texts
      if (!oldest.isLent) left.push(oldest.memory)
      this.#pieces.shift()
      oldest = this.#pieces[0]
    }
    if (oldest !== undefined) oldest.texts -= more
    if (left.length > 0) this.#spare = [...left, ...this.#spare].slice(0, left.length + 1)
  }

  #pieceWith(length: number): Piece {
    const last = this.#pieces.at(-1)
    if (last !== undefined && last.used + length <= last.memory.length) return last
    const memory = this.#spare.pop() ?? new Uint8Array(PIECE_BYTES)
    const piece = { memory, used: 0, texts: 0, isLent: false }
    this.#pieces.push(piece)
    return piece
  }
}

export class PackedTexts {
  /** One after another. */
  readonly #bytes: Uint8Array
  /** Where each ends among them. UTF-16 units. */
  readonly #ends: readonly number[]

  private constructor(bytes: Uint8Array, ends: readonly number[]) {
    this.#bytes = bytes
    this.#ends = ends
  }

  /** They are there until the memory drops them, or, where it was lent before, for good. */
  static in(memory: Pieces, texts: readonly string[]): PackedTexts {
    let end = 0
    const ends = texts.map(({ length }) => (end += length))
    return new PackedTexts(memory.bytesOf(texts.join('')), ends)
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
