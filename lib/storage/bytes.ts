import { MalformedRecordError } from './errors.js'

/** Numbers are little-endian. A `u64` holds whole numbers up to 2^53 - 1. */
const highWord = 2 ** 32
const encoder = new TextEncoder()
// A command may begin with U+FEFF, which a decoder drops unless told otherwise.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes written one after another into memory that grows as needed and can be used again. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  /** Bytes that the memory has. */
  capacity: number
  /** Bytes that have been written. Made less, it forgets what is behind, and keeps the memory. */
  length = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** What has been written. A view: the next write may change it. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  u8(value: number): void {
    const at = this.#take(1)
    this.#bytes[at] = value
  }

  u32(value: number): void {
    const at = this.#take(4)
    this.#view.setUint32(at, value, true)
  }

  u64(value: number): void {
    const at = this.#take(8)
    this.#view.setUint32(at, value % highWord, true)
    this.#view.setUint32(at + 4, Math.floor(value / highWord), true)
  }

  zeros(count: number): void {
    const at = this.#take(count)
    this.#bytes.fill(0, at, at + count)
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true)
  }

  /** A u32 with the length in bytes, then UTF-8. A lone surrogate becomes U+FFFD. */
  text(text: string): void {
    const at = this.#take(4)
    const needed = this.length + text.length * 3
    if (needed > this.capacity) this.#grow(needed)
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(at + 4))
    this.length += written
    this.#view.setUint32(at, written, true)
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#take(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** Where the next `count` bytes stand. The memory may be another one from then on. */
  #take(count: number): number {
    const at = this.length
    this.length = at + count
    if (this.length > this.capacity) this.#grow(this.length)
    return at
  }

  #grow(needed: number): void {
    this.capacity = Math.max(needed, this.capacity * 2)
    const grown = new Uint8Array(this.capacity)
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/**
 * Reads what {@link ByteWriter} wrote. Believes nothing: each read throws a MalformedRecordError rather than leave its
 * bounds.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = start
    this.#end = end
  }

  get atEnd(): boolean {
    return this.#at === this.#end
  }

  /** All that has not been read. A view. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#end)
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#take(1, what))
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#take(4, what), true)
  }

  u64(what: string): number {
    const at = this.#take(8, what)
    const value = this.#view.getUint32(at + 4, true) * highWord + this.#view.getUint32(at, true)
    if (!Number.isSafeInteger(value)) throw new MalformedRecordError(`${what} is beyond 2^53 - 1`)
    return value
  }

  text(what: string): string {
    const length = this.u32(`length of ${what}`)
    const at = this.#take(length, what)
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length))
    } catch {
      throw new MalformedRecordError(`${what} is not UTF-8`)
    }
  }

  #take(count: number, what: string): number {
    const at = this.#at
    if (count > this.#end - at) {
      throw new MalformedRecordError(`${what} needs ${count} bytes, and ${this.#end - at} are left`)
    }
    this.#at = at + count
    return at
  }
}
