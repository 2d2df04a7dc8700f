/**
 * Bytes into lines, in time linear in the bytes however they are cut: only a new chunk is searched, and what is kept
 * of an unfinished line grows by doubling. The limit is checked before anything is kept, so that an endless line
 * costs no more than one limit's worth of memory.
 *
 * A line ends with `\n`; `\r` before it is white space of JSON and stays; empty lines are left out. A line that is not
 * UTF-8 is told as U+FFFD alone, which is no JSON: its texts would arrive as others than were sent.
 *
 * A line that is going to be refused for its length can be abridged: of it no more than both ends are kept and told.
 */

const NEWLINE = 0x0a
/** What a decoder puts in the place of bytes that are no character. It can be written by its own bytes, too. */
export const NO_CHARACTER = '\ufffd'
const KEPT_BYTES_MIN = 1024
/**
 * A buffer that one long line has made larger than this is not kept for the next, probably short, one. A chunk that is no
 * longer is not held on to.
 */
export const KEPT_BYTES_REUSED_MAX = 16_384
/** Of an abridged line, at each end. */
const END_BYTES = 4096

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** `isAbridged`: it is only the line's ends. */
export type TellLine = (text: string, isAbridged: boolean) => void

export class LineSplitter {
  readonly #lineBytesMax: number
  #kept: Uint8Array = new Uint8Array(0)
  /** Of an unfinished line. */
  keptBytes = 0
  /** How long the unfinished line is so far. */
  lineBytes = 0
  #isAbridged = false

  /** `lineBytesMax`: longest line in bytes, its end not counted. */
  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /**
   * Tells each line that `chunk` completes, in order. False: a line is above the limit; it and all that follows it is
   * not told, and the splitter is of no more use. May hold on to `chunk`, which nobody changes any more.
   */
  push(chunk: Uint8Array, line: TellLine): boolean {
    // In a piece no longer than the limit, no line that both begins and ends within it can be above the limit.
    if (chunk.length > this.#lineBytesMax)
      return (
        this.push(chunk.subarray(0, this.#lineBytesMax), line) &&
        this.push(chunk.subarray(this.#lineBytesMax), line)
      )
    // Nearly all are whole lines: nothing need be looked for.
    if (this.keptBytes === 0 && chunk[chunk.length - 1] === NEWLINE) {
      this.#tellAll(textOf(chunk), line)
      return true
    }
    const first = chunk.indexOf(NEWLINE)
    if (first < 0) return this.#keep(chunk)
    let from = 0
    if (this.keptBytes > 0) {
      if (!this.#keep(chunk.subarray(0, first))) return false
      this.#tellKept(line)
      from = first + 1
    }
    const last = chunk.lastIndexOf(NEWLINE)
    if (last >= from) this.#tellAll(textOf(chunk.subarray(from, last)), line)
    return last + 1 === chunk.length || this.#keep(chunk.subarray(last + 1))
  }

  /** There will be no more bytes: what is kept is the last line. */
  end(line: TellLine): void {
    if (this.keptBytes > 0) this.#tellKept(line)
  }

  /** The beginning of the unfinished line. */
  get head(): string {
    return decoder.decode(this.#kept.subarray(0, Math.min(END_BYTES, this.keptBytes)))
  }

  /** Keeps no more of the unfinished line than its ends. */
  abridge(): void {
    if (this.#isAbridged || this.keptBytes <= END_BYTES) return
    const rest = this.#kept.subarray(END_BYTES, this.keptBytes)
    const ends = new Uint8Array(2 * END_BYTES)
    ends.set(this.#kept.subarray(0, END_BYTES))
    this.#kept = ends
    this.keptBytes = END_BYTES
    this.#isAbridged = true
    this.#keepEnd(rest)
  }

  /** Forgets what is kept. */
  clear(): void {
    this.#kept = new Uint8Array(0)
    this.keptBytes = 0
    this.lineBytes = 0
    this.#isAbridged = false
  }

  #tellAll(text: string, line: TellLine, isAbridged = false): void {
    for (let from = 0; from < text.length;) {
      const newline = text.indexOf('\n', from)
      const end = newline < 0 ? text.length : newline
      const each = text.slice(from, end)
      if (each !== '' && each !== '\r') line(each, isAbridged)
      from = end + 1
    }
  }

  #keep(bytes: Uint8Array): boolean {
    const length = this.lineBytes + bytes.length
    if (length > this.#lineBytesMax) return false
    if (bytes.length === 0) return true
    this.lineBytes = length
    if (this.#isAbridged) this.#keepEnd(bytes)
    else {
      if (this.keptBytes === 0 && isKeptAsItIs(bytes)) this.#kept = bytes
      else {
        if (length > this.#kept.length) this.#grow(length)
        this.#kept.set(bytes, this.keptBytes)
      }
      this.keptBytes = length
    }
    return true
  }

  /** Of an abridged line: what it has ended with so far. */
  #keepEnd(bytes: Uint8Array): void {
    const last = bytes.subarray(-END_BYTES)
    const stays = Math.min(END_BYTES - last.length, this.keptBytes - END_BYTES)
    this.#kept.copyWithin(END_BYTES, this.keptBytes - stays, this.keptBytes)
    this.#kept.set(last, END_BYTES + stays)
    this.keptBytes = END_BYTES + stays + last.length
  }

  #grow(length: number): void {
    const larger = new Uint8Array(
      Math.max(length, KEPT_BYTES_MIN, Math.min(this.#kept.length * 2, this.#lineBytesMax)),
    )
    larger.set(this.#kept.subarray(0, this.keptBytes))
    this.#kept = larger
  }

  #tellKept(line: TellLine): void {
    const isAbridged = this.#isAbridged
    this.#tellAll(this.#takeKept(), line, isAbridged)
  }

  #takeKept(): string {
    const bytes = this.#kept.subarray(0, this.keptBytes)
    const text = this.#isAbridged ? decoder.decode(bytes) : textOf(bytes)
    this.keptBytes = 0
    this.lineBytes = 0
    this.#isAbridged = false
    if (this.#kept.length > KEPT_BYTES_REUSED_MAX) this.#kept = new Uint8Array(0)
    return text
  }
}

/** Thousands of long beginnings would be copied. Such a one is never written to, as it is full, and not used again. */
function isKeptAsItIs({ length, buffer }: Uint8Array): boolean {
  return length > KEPT_BYTES_REUSED_MAX && 2 * length > buffer.byteLength
}

/** What the bytes say, but for lines that are not UTF-8. */
function textOf(bytes: Uint8Array): string {
  const text = decoder.decode(bytes)
  if (!text.includes(NO_CHARACTER)) return text
  let from = 0
  const judged = text.split('\n').map((line) => {
    const end = bytes.indexOf(NEWLINE, from)
    const own = bytes.subarray(from, end < 0 ? bytes.length : end)
    from = end + 1
    return line.includes(NO_CHARACTER) && !isWrittenSo(line, own) ? NO_CHARACTER : line
  })
  return judged.join('\n')
}

function isWrittenSo(text: string, bytes: Uint8Array): boolean {
  const written = encoder.encode(text)
  if (written.length !== bytes.length) return false
  for (let at = 0; at < bytes.length; at += 1) if (written[at] !== bytes[at]) return false
  return true
}
