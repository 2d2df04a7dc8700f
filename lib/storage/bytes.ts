/** Numbers and text to bytes and back. The reader checks every length against what is there before it uses it. */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Thrown by {@link ByteReader} for anything that no writer wrote. */
export class MalformedBytes extends Error {}

/** A buffer that grows and is used again. Numbers are big-endian; `number` is a double, exact for indices and terms. */
export class ByteWriter {
  bytes: Uint8Array
  length = 0
  #view: DataView

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.bytes.buffer)
  }

  /** Makes room for `count` bytes and skips them; they keep what they held. */
  skip(count: number): void {
    this.#reserve(count)
    this.length += count
  }

  byte(value: number): void {
    this.#reserve(1)
    this.bytes[this.length++] = value
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.length, value)
    this.length += 4
  }

  number(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.length, value)
    this.length += 8
  }

  /** UTF-8 after its length in bytes. */
  text(value: string): void {
    this.#reserve(4 + value.length * 3)
    const { written } = encoder.encodeInto(value, this.bytes.subarray(this.length + 4))
    this.#view.setUint32(this.length, written)
    this.length += 4 + written
  }

  uint32At(offset: number, value: number): void {
    this.#view.setUint32(offset, value)
  }

  #reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  #offset: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#offset = start
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#end
  }

  byte(): number {
    return this.#view.getUint8(this.#take(1))
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  number(): number {
    return this.#view.getFloat64(this.#take(8))
  }

  text(): string {
    const length = this.uint32()
    const start = this.#take(length)
    return decoder.decode(this.#bytes.subarray(start, start + length))
  }

  #take(count: number): number {
    const start = this.#offset
    if (count > this.#end - start)
      throw new MalformedBytes(`${count} bytes at ${start} go beyond ${this.#end}`)
    this.#offset += count
    return start
  }
}
