/**
 * Bytes into lines and frames, where the other end may send both. A frame stands between two lines: a byte that no text
 * has, the length of all of it, and whatever it brings.
 *
 * | bytes | what |
 * |------:|------|
 * |     1 | ff |
 * |     4 | how long the frame is, with these five bytes; little-endian, as all numbers in frames are |
 * |       | its content |
 *
 * Spaces before a frame are signs of life. Its length is checked before anything is kept, and no room is made for more
 * than twice what has come.
 */
import { LineSplitter, type TellLine } from './lines.js'

export const FRAME_MARK = 0xff
/** Of each frame. */
export const FRAME_HEAD_BYTES = 5

const NEWLINE = 0x0a
const SPACE = 0x20
const KEPT_BYTES_MIN = 1024
const NOTHING = new Uint8Array(0)

/** What it is told, head and all, is the hearer's own from then on. */
export type TellFrame = (frame: Uint8Array) => void

export class FrameSplitter {
  readonly #lines: LineSplitter
  readonly #bytesMax: number
  #kept = NOTHING
  /** Of an unfinished frame. */
  #frameBytes = 0

  /** `bytesMax`: the longest line, its end not counted, and the longest frame. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
    this.#lines = new LineSplitter(bytesMax)
  }

  /** Of an unfinished line or frame. */
  get keptBytes(): number {
    return this.#lines.keptBytes + this.#frameBytes
  }

  /** How long that is so far. */
  get unfinishedBytes(): number {
    return this.#lines.lineBytes + this.#frameBytes
  }

  /** The beginning of an unfinished line. */
  get head(): string {
    return this.#lines.head
  }

  /** As of {@link LineSplitter}. */
  abridge(): void {
    this.#lines.abridge()
  }

  clear(): void {
    this.#lines.clear()
    this.#forgetFrame()
  }

  /** There will be no more bytes: what is kept of a line is the last one. */
  end(line: TellLine): void {
    this.#lines.end(line)
  }

  /**
   * Tells what `chunk` completes, in order. `frame` left out: none is expected, and what looks like one is a line that
   * is no text. False: something is above the limit; it and all that follows is not told, and the splitter is of no
   * more use.
   */
  push(chunk: Uint8Array, line: TellLine, frame?: TellFrame): boolean {
    if (frame === undefined) return this.#lines.push(chunk, line)
    for (let rest = chunk; rest.length > 0;) {
      const isFrame = this.#frameBytes > 0 || (rest[0] === FRAME_MARK && this.#isBetween())
      const taken = isFrame ? this.#takeFrame(rest, frame) : this.#takeLines(rest, line)
      if (taken === undefined) return false
      rest = rest.subarray(taken)
    }
    return true
  }

  /** Nothing but signs of life has come since the last line or frame. */
  #isBetween(): boolean {
    return this.#lines.keptBytes === 0 || this.#lines.head.trim() === ''
  }

  /** Up to the next frame. */
  #takeLines(bytes: Uint8Array, line: TellLine): number | undefined {
    for (let at = bytes.indexOf(FRAME_MARK); at >= 0; at = bytes.indexOf(FRAME_MARK, at + 1)) {
      const end = endOfLines(bytes, at)
      if (end === undefined || (end === 0 && !this.#isBetween())) continue
      return this.#lines.push(bytes.subarray(0, end), line) ? at : undefined
    }
    return this.#lines.push(bytes, line) ? bytes.length : undefined
  }

  /** How many bytes of the frame there are here. */
  #takeFrame(bytes: Uint8Array, tell: TellFrame): number | undefined {
    this.#lines.clear()
    const before = this.#frameBytes
    if (before === 0 && bytes.length >= FRAME_HEAD_BYTES) {
      const length = frameLength(bytes)
      if (!this.#isAllowed(length)) return undefined
      if (length <= bytes.length) {
        tell(bytes.subarray(0, length))
        return length
      }
    }
    if (before < FRAME_HEAD_BYTES) this.#keep(bytes.subarray(0, FRAME_HEAD_BYTES - before))
    if (this.#frameBytes < FRAME_HEAD_BYTES) return bytes.length
    const length = frameLength(this.#kept)
    if (!this.#isAllowed(length)) return undefined
    const taken = this.#frameBytes - before
    this.#keep(bytes.subarray(taken, taken + length - this.#frameBytes), length)
    const all = this.#frameBytes - before
    if (this.#frameBytes === length) this.#tellKept(tell)
    return all
  }

  #isAllowed(length: number): boolean {
    return length >= FRAME_HEAD_BYTES && length <= this.#bytesMax
  }

  #tellKept(tell: TellFrame): void {
    const frame = this.#kept.subarray(0, this.#frameBytes)
    this.#forgetFrame()
    tell(frame)
  }

  #forgetFrame(): void {
    this.#kept = NOTHING
    this.#frameBytes = 0
  }

  #keep(bytes: Uint8Array, length = KEPT_BYTES_MIN): void {
    const needed = this.#frameBytes + bytes.length
    if (needed > this.#kept.length) {
      const larger = new Uint8Array(Math.max(needed, KEPT_BYTES_MIN, Math.min(2 * needed, length)))
      larger.set(this.#kept.subarray(0, this.#frameBytes))
      this.#kept = larger
    }
    this.#kept.set(bytes, this.#frameBytes)
    this.#frameBytes = needed
  }
}

function frameLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1, true)
}

/**
 * Where the lines end behind which, signs of life apart, something begins at `at`; 0: there are none. Undefined: it
 * stands amid a line.
 */
function endOfLines(bytes: Uint8Array, at: number): number | undefined {
  let end = at
  while (end > 0 && bytes[end - 1] === SPACE) end -= 1
  return end === 0 || bytes[end - 1] === NEWLINE ? end : undefined
}
