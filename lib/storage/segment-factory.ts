/** Makes segments ahead of need, so that an append seldom waits for one. */
import type { Disk, DiskFile } from '../ports.js'
import { headerOf, segmentName, writeZeros } from './segment.js'

interface Prepared {
  readonly sequence: number
  readonly bytes: number
  /** Never rejects: a failure is told to whoever takes the segment. */
  readonly made: Promise<{ readonly file: DiskFile } | { readonly error: unknown }>
}

export class SegmentFactory {
  readonly #disk: Disk
  #prepared: Prepared | undefined

  constructor(disk: Disk) {
    this.#disk = disk
  }

  async reopen(sequence: number): Promise<{ readonly name: string; readonly file: DiskFile }> {
    const name = segmentName(sequence)
    return { name, file: await this.#disk.open(name) }
  }

  /** A segment of `bytes` bytes, written through and durable, its name too. */
  async make(sequence: number, bytes: number): Promise<DiskFile> {
    const file = await this.#disk.open(segmentName(sequence))
    const header = headerOf(sequence)
    await file.write(0, header)
    await writeZeros(file, header.length, bytes)
    await file.sync()
    await this.#disk.syncFolder()
    return file
  }

  /** Begins to make a segment, unless one is being made already. */
  prepare(sequence: number, bytes: number): void {
    this.#prepared ??= {
      sequence,
      bytes,
      made: this.make(sequence, bytes).then(
        (file) => ({ file }),
        (error: unknown) => ({ error }),
      ),
    }
  }

  /** The segment that was prepared, or one made now when there is none or it is too small. */
  async take(sequence: number, bytes: number): Promise<DiskFile> {
    const prepared = this.#prepared
    this.#prepared = undefined
    if (prepared === undefined) return this.make(sequence, bytes)
    const made = await prepared.made
    if ('error' in made) throw made.error
    if (prepared.bytes >= bytes) return made.file
    await made.file.close()
    return this.make(sequence, bytes)
  }

  async close(): Promise<void> {
    const made = await this.#prepared?.made
    if (made && 'file' in made) await made.file.close()
  }
}
