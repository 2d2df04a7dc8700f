import type { Disk, DiskFile } from '../ports.js'
import type { LogIndex, SnapshotPosition } from '../raft/types.js'
import { DamagedStorageError } from './errors.js'
import { readLayout, readPiece, type SnapshotLayout } from './snapshot-format.js'

/**
 * A snapshot that is whole and durable: `snapshot-`, the index in twenty digits, `.snap`. While it is being written
 * its name goes on with a number and `.new`; such a file counts for nothing and is removed at the next start.
 */
export interface SnapshotFile {
  readonly position: SnapshotPosition
  /** How many pieces there are. */
  readonly chunks: number
  /** Size of the file. */
  readonly bytes: number
  /**
   * The piece `offset`, from 0. Rejects with a DamagedStorageError, or a RangeError when there is none of that number.
   */
  chunk(offset: number): Promise<string>
  /** From here to `release` it stays readable, though a newer one may replace it. Each call is released once. */
  retain(): void
  release(): void
}

const namePattern = /^snapshot-(\d{20})\.snap$/
const unfinishedPattern = /^snapshot-\d{20}\.snap\.\d+\.new$/

export function snapshotName(index: LogIndex): string {
  return `snapshot-${String(index).padStart(20, '0')}.snap`
}

/** The names of the snapshots among `names`, the newest first. */
export function snapshotNames(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => namePattern.test(name))
    .sort()
    .reverse()
}

/** The names of what a crash has left of snapshots in the making. */
export function unfinishedSnapshots(names: readonly string[]): readonly string[] {
  return names.filter((name) => unfinishedPattern.test(name))
}

/**
 * The snapshot in a file of any name, such as a backup. Rejects with a DamagedStorageError or an UnknownFormatError.
 */
export async function openSnapshotFile(disk: Disk, name: string): Promise<StoredSnapshot> {
  const file = await disk.open(name)
  try {
    const size = await file.size()
    const layout = await readLayout(name, size, (offset, length) => file.read(offset, length))
    return new StoredSnapshot(name, file, size, layout)
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

/** As {@link openSnapshotFile}, for one of a data folder: the name must say the index. */
export async function openSnapshot(disk: Disk, name: string): Promise<StoredSnapshot> {
  const snapshot = await openSnapshotFile(disk, name)
  const { index } = snapshot.position
  if (snapshotName(index) === name) return snapshot
  await snapshot.close()
  throw new DamagedStorageError(name, 0, `the header says that this is the snapshot at ${index}`)
}

/** Closes its file when it is retired, nobody retains it, and no read is under way. */
export class StoredSnapshot implements SnapshotFile {
  readonly position: SnapshotPosition
  readonly chunks: number
  readonly #file: DiskFile
  readonly #offsets: readonly number[]
  #retained = 0
  #reading = 0
  #isRetired = false
  #closing: Promise<void> | undefined
  readonly #closed: Promise<void>
  #settleClosed: () => void = () => undefined

  constructor(
    readonly name: string,
    file: DiskFile,
    readonly bytes: number,
    { position, offsets }: SnapshotLayout,
  ) {
    this.position = position
    this.chunks = offsets.length - 1
    this.#file = file
    this.#offsets = offsets
    this.#closed = new Promise((resolve) => (this.#settleClosed = resolve))
  }

  async chunk(offset: number): Promise<string> {
    const begin = this.#offsets[offset]
    const end = this.#offsets[offset + 1]
    if (begin === undefined || end === undefined) {
      throw new RangeError(`${this.name} has ${this.chunks} pieces, and no piece ${offset}`)
    }
    // A descriptor that is closed may be another file's by now.
    if (this.#closing) throw new Error(`${this.name} is closed`)
    this.#reading++
    try {
      return readPiece(this.name, this.position, offset, begin, await this.#file.read(begin, end - begin))
    } finally {
      this.#reading--
      this.#closeIfUnused()
    }
  }

  retain(): void {
    this.#retained++
  }

  release(): void {
    this.#retained = Math.max(0, this.#retained - 1)
    this.#closeIfUnused()
  }

  /** A newer one has replaced it. */
  retire(): void {
    this.#isRetired = true
    this.#closeIfUnused()
  }

  /** Whoever retains it gets no more than the read that is under way. Never rejects. */
  close(): Promise<void> {
    this.#retained = 0
    this.retire()
    return this.#closed
  }

  #closeIfUnused(): void {
    if (!this.#isRetired || this.#retained > 0 || this.#reading > 0) return
    this.#closing ??= this.#file
      .close()
      .catch(() => undefined)
      .then(this.#settleClosed)
  }
}
