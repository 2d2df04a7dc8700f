import type { Disk, Logger } from '../ports.js'
import type { SnapshotPosition } from '../raft/types.js'
import { StorageFailedError } from './errors.js'
import {
  openSnapshot,
  snapshotName,
  snapshotNames,
  unfinishedSnapshots,
  type SnapshotFile,
  type StoredSnapshot,
} from './snapshot-file.js'
import { SnapshotFileWriter, type SnapshotWriter } from './snapshot-writer.js'

/** The snapshots of one data folder: the newest one, and those in the making. */
export class StoredSnapshots {
  readonly #disk: Disk
  readonly #logger: Logger
  #newest: StoredSnapshot | undefined
  #begun = 0
  /** What has been finished is given its place one after another. */
  #switching: Promise<unknown> = Promise.resolve()
  /**
   * Of those whose place was taken. Nobody waits for it: meanwhile there would be a newest one that nobody was told of.
   */
  #removing: Promise<void> = Promise.resolve()

  private constructor(disk: Disk, logger: Logger, newest: StoredSnapshot | undefined) {
    this.#disk = disk
    this.#logger = logger
    this.#newest = newest
  }

  /**
   * Opens the newest snapshot, and removes what a crash has left of older and of unfinished ones. Rejects with a
   * DamagedStorageError or an UnknownFormatError; an older one would not do, as the log that goes with it is gone.
   */
  static async open(disk: Disk, logger: Logger): Promise<StoredSnapshots> {
    const names = await disk.list()
    const [newest, ...older] = snapshotNames(names)
    const opened = newest === undefined ? undefined : await openSnapshot(disk, newest)
    for (const name of [...older, ...unfinishedSnapshots(names)]) await disk.remove(name)
    return new StoredSnapshots(disk, logger, opened)
  }

  get newest(): StoredSnapshot | undefined {
    return this.#newest
  }

  /** `ready` is waited for before the snapshot takes the place of the one before. */
  begin(position: SnapshotPosition, ready: () => Promise<void>): SnapshotWriter {
    const name = snapshotName(position.index)
    const file = new SnapshotFileWriter(this.#disk, name, position, `${name}.${++this.#begun}.new`)
    return {
      write: (chunk) => file.write(chunk),
      finish: () => this.#finish(file, ready),
      discard: () => file.discard(),
    }
  }

  /** Those in the making stay as they are, for the next start to remove. Never rejects. */
  async close(): Promise<void> {
    await this.#switching.catch(() => undefined)
    await this.#removing
    await this.#newest?.close()
  }

  async #finish(file: SnapshotFileWriter, ready: () => Promise<void>): Promise<SnapshotFile> {
    const written = await file.complete()
    await ready()
    const switched = this.#switching.then(() => this.#switchTo(file, written))
    this.#switching = switched.catch(() => undefined)
    return switched
  }

  async #switchTo(file: SnapshotFileWriter, written: StoredSnapshot): Promise<SnapshotFile> {
    const before = this.#newest
    if (before && before.position.index >= written.position.index) {
      await file.discard()
      return before
    }
    await file.rename()
    this.#newest = written
    if (before) this.#removing = this.#removing.then(() => this.#remove(before))
    return written
  }

  /** Whoever still reads it keeps it open. */
  async #remove(snapshot: StoredSnapshot): Promise<void> {
    snapshot.retire()
    try {
      await this.#disk.remove(snapshot.name)
      await this.#disk.syncFolder()
    } catch (cause) {
      const { message } = new StorageFailedError('remove', snapshot.name, cause)
      this.#logger.warn('an old snapshot stays until the next start', { reason: message })
    }
  }
}
