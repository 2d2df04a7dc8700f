/**
 * Frames: what both ends of a connection send in bytes, between their lines, once they have agreed on what is in it. A
 * frame is a call or an answer, numbered with the calls in JSON of its connection; whoever refuses one answers with an
 * error in JSON. Numbers are little-endian.
 *
 * | bytes | what |
 * |------:|------|
 * |     1 | ff, which no text has |
 * |     4 | how long the frame is, all of it |
 * |     8 | the call's number |
 * |       | what it says |
 *
 * Spaces before a frame are signs of life. Its length is checked before anything is kept, and no room is made for more
 * than twice what has come.
 */
import { LineSplitter, type TellLine } from './lines.js'

const MARK = 0xff
const HEAD_BYTES = 5
const CALL_HEAD_BYTES = HEAD_BYTES + 8
const HIGH_WORD = 2 ** 32

const NEWLINE = 0x0a
const SPACE = 0x20
const KEPT_BYTES_MIN = 1024
const NOTHING = new Uint8Array(0)

/** What it is told, head and all, is the hearer's own from then on. */
export type TellFrame = (frame: Uint8Array) => void

/** `parts`: what it says, one after another. */
export function frameOf(id: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = CALL_HEAD_BYTES
  for (const part of parts) length += part.length
  const frame = new Uint8Array(length)
  const view = new DataView(frame.buffer)
  frame[0] = MARK
  view.setUint32(1, length, true)
  view.setUint32(HEAD_BYTES, id % HIGH_WORD, true)
  view.setUint32(HEAD_BYTES + 4, Math.floor(id / HIGH_WORD), true)
  let at = CALL_HEAD_BYTES
  for (const part of parts) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}

/** Undefined: it has no number. */
export function readFrame(
  frame: Uint8Array,
): { readonly id: number; readonly content: Uint8Array } | undefined {
  if (frame.length < CALL_HEAD_BYTES) return undefined
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  const id = view.getUint32(HEAD_BYTES + 4, true) * HIGH_WORD + view.getUint32(HEAD_BYTES, true)
  return Number.isSafeInteger(id) ? { id, content: frame.subarray(CALL_HEAD_BYTES) } : undefined
}

/** Bytes into lines and frames. */
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
   * is no text. How many bytes of an unfinished line or frame are kept then. Undefined: something is above the limit;
   * it and all that follows is not told, and the splitter is of no more use.
   */
  push(chunk: Uint8Array, line: TellLine, frame?: TellFrame): number | undefined {
    if (frame === undefined) return this.#lines.push(chunk, line) ? this.#lines.keptBytes : undefined
    for (let rest = chunk; rest.length > 0;) {
      const mayBegin = rest[0] === MARK && (this.#lines.keptBytes === 0 || this.#hasSignsAlone())
      const isFrame = mayBegin || this.#frameBytes > 0
      const taken = isFrame ? this.#takeFrame(rest, frame) : this.#takeLines(rest, line)
      if (taken === undefined) return undefined
      if (taken === rest.length) break
      rest = rest.subarray(taken)
    }
    return this.#lines.keptBytes + this.#frameBytes
  }

  /** What is kept of a line is nothing but signs of life. */
  #hasSignsAlone(): boolean {
    return this.#lines.head.trim() === ''
  }

  /** Up to the next frame. */
  #takeLines(bytes: Uint8Array, line: TellLine): number | undefined {
    for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
      const end = endOfLines(bytes, at)
      if (end === undefined || (end === 0 && !this.#hasSignsAlone())) continue
      return this.#lines.push(bytes.subarray(0, end), line) ? at : undefined
    }
    return this.#lines.push(bytes, line) ? bytes.length : undefined
  }

  /** How many bytes of the frame there are here. */
  #takeFrame(bytes: Uint8Array, tell: TellFrame): number | undefined {
    if (this.#lines.keptBytes > 0) this.#lines.clear()
    if (this.#frameBytes > 0 || bytes.length < HEAD_BYTES) return this.#takePiece(bytes, tell)
    const length = frameLength(bytes, this.#bytesMax)
    if (length === undefined) return undefined
    if (length > bytes.length) return this.#takePiece(bytes, tell)
    tell(length === bytes.length ? bytes : bytes.subarray(0, length))
    return length
  }

  #takePiece(bytes: Uint8Array, tell: TellFrame): number | undefined {
    const before = this.#frameBytes
    if (before < HEAD_BYTES) this.#keep(bytes.subarray(0, HEAD_BYTES - before))
    if (this.#frameBytes < HEAD_BYTES) return bytes.length
    const length = frameLength(this.#kept, this.#bytesMax)
    if (length === undefined) return undefined
    const taken = this.#frameBytes - before
    this.#keep(bytes.subarray(taken, taken + length - this.#frameBytes), length)
    const all = this.#frameBytes - before
    if (this.#frameBytes === length) this.#tellKept(tell)
    return all
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

/** Undefined: it is longer than may be, or shorter than its own head. */
function frameLength(bytes: Uint8Array, max: number): number | undefined {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(1, true)
  return length >= HEAD_BYTES && length <= max ? length : undefined
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
