import type { Clock, Disk, Logger } from '../ports.js'
import type { LogIndex, Recovered, SnapshotPosition } from '../raft/types.js'
import { Compactor } from './compactor.js'
import { EntryRuns } from './entry-runs.js'
import { DamagedStorageError } from './errors.js'
import { joinLog, type Joined } from './join.js'
import { LogWriter } from './log-writer.js'
import { memberFileName, readMemberFile } from './member-file.js'
import type { Change } from './record.js'
import { closeScanned, scanLog, type Scan } from './recovery.js'
import { Room } from './room.js'
import { SegmentSupply } from './segment-supply.js'
import {
  createSegment,
  firstSegmentBytes,
  removeUnfinished,
  segmentName,
  segmentSequences,
} from './segment.js'
import type { SegmentOwner } from './segment-owner.js'
import { settle } from './settle.js'
import type { SnapshotFile } from './snapshot-file.js'
import type { SnapshotWriter } from './snapshot-writer.js'
import { StoredSnapshots } from './stored-snapshots.js'

/** Sizes in bytes, multiples of 8. */
export interface LogSizes {
  /** The first segment, which a new member waits for. Default 1 MiB. */
  readonly firstSegment: number
  /** All others, made in the background. Default 8 MiB; a single larger record gets a larger one. */
  readonly segment: number
  /** A block takes no further record when it is this long. Default 256 KiB. */
  readonly batch: number
}

const defaultSizes: LogSizes = {
  firstSegment: firstSegmentBytes,
  segment: 8 * 1024 * 1024,
  batch: 256 * 1024,
}

interface Parts {
  readonly writer: LogWriter
  readonly room: Room
  readonly snapshots: StoredSnapshots
  readonly compactor: Compactor
  readonly runs: EntryRuns
}

/**
 * The durable part of one Raft member: term, vote and log, as one stream of records in segments (segment.ts, block.ts
 * and record.ts hold the format), and the newest snapshot (snapshot-format.ts). One process at a time may have it open,
 * which the folder's lock sees to.
 */
export class RaftStorage {
  /**
   * Makes one record durable: drops the whole log, which goes on after `reset`, or drops it from `truncateFrom` on;
   * appends `entries`, replaces the hard state; all of it or, after a crash, nothing. A reset needs a snapshot there.
   * Resolves when it is durable, in the order of the calls; those that wait together share one sync. Waits for room on
   * a full disk, if `room` is to. Rejects with a StorageFailedError once a write or a sync has failed otherwise, and
   * for ever after: what was not acknowledged is in doubt until the next start reads the folder anew. Rejects with a
   * MalformedRecordError, and writes nothing, when the record contradicts the ones before it.
   */
  readonly persist: (record: Change) => Promise<void>
  /** What the log needs and the disk has no room for. */
  readonly room: Room
  /** The bytes of entries, for whoever else has a use for them. */
  readonly runs: EntryRuns
  readonly #writer: LogWriter
  readonly #snapshots: StoredSnapshots
  readonly #compactor: Compactor
  #closing: Promise<void> | undefined

  private constructor({ writer, room, snapshots, compactor, runs }: Parts) {
    this.room = room
    this.runs = runs
    this.persist = writer.append.bind(writer)
    this.#writer = writer
    this.#snapshots = snapshots
    this.#compactor = compactor
  }

  /**
   * Reads the folder, or begins a new log in an empty one. What it returns as recovered is durable: the newest
   * snapshot's position, and the entries after it. A torn end is cut, with one line to the log. Rejects with a
   * DamagedStorageError when something that was durable can't be read back, with an UnknownFormatError, or with the
   * disk's own error.
   */
  static async open(
    disk: Disk,
    logger: Logger,
    sizes: LogSizes = defaultSizes,
  ): Promise<{ storage: RaftStorage; recovered: Recovered }> {
    const sequences = await segmentsOf(disk, sizes.firstSegment)
    const snapshots = await StoredSnapshots.open(disk, logger)
    try {
      const owner = await readMemberFile(disk)
      const scan = await scanLog(disk, sequences, owner)
      const { recovered, reset } = await join(scan, sequences, snapshots)
      const room = new Room(logger)
      const runs = new EntryRuns()
      const writer = await resume({ disk, logger, sizes, scan, room, owner, runs })
      if (reset) await writer.append(reset)
      const compactor = new Compactor(disk, scan.kept)
      return { storage: new RaftStorage({ writer, room, snapshots, compactor, runs }), recovered }
    } catch (error) {
      await snapshots.close()
      throw error
    }
  }

  /**
   * From here on, a moment after the last write a small one tells that it was durable, so that rot in it is no torn
   * end. Without this call only a close and the next start say so.
   */
  coverWhenQuiet(clock: Clock): void {
    this.#writer.coverWhenQuiet(clock)
  }

  /** The newest one that is durable. */
  get snapshot(): SnapshotFile | undefined {
    return this.#snapshots.newest
  }

  /**
   * Begins a snapshot beside the one that is there. When it finishes it takes that one's place, unless it is no newer;
   * either way `finish` resolves with the newest one, after all that was persisted before that call is durable, so that
   * a term that the snapshot shows is never ahead of the one on disk.
   */
  beginSnapshot(position: SnapshotPosition): SnapshotWriter {
    return this.#snapshots.begin(position, () => this.#writer.settled())
  }

  /**
   * Removes the segments that hold nothing but entries up to `index`, which must not lie behind the newest snapshot
   * (else a RangeError). Rejects with a StorageFailedError when the disk refuses; the log goes on all the same.
   */
  async compact(index: LogIndex): Promise<void> {
    const { snapshot } = this
    if (!snapshot || index > snapshot.position.index) {
      const newest = snapshot
        ? `the newest snapshot ends at ${snapshot.position.index}`
        : 'there is no snapshot'
      throw new RangeError(`can't drop the log up to ${index}: ${newest}`)
    }
    await this.#writer.settled()
    await this.#compactor.compact(index)
  }

  /** Finishes what has been asked for, then closes the files. Further calls are refused. Never rejects. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    await this.#writer.close()
    await this.#compactor.idle()
    await this.#snapshots.close()
  }
}

interface Resumed {
  readonly disk: Disk
  readonly logger: Logger
  readonly sizes: LogSizes
  readonly scan: Scan
  readonly room: Room
  readonly runs: EntryRuns
  readonly owner: SegmentOwner | undefined
}

/** A writer that goes on where the log ends. */
async function resume({ disk, logger, sizes, scan, room, owner, runs }: Resumed): Promise<LogWriter> {
  const torn = await settle(scan)
  const { segment } = scan.last
  if (torn > 0) {
    logger.warn('cut the torn end of the log: a write that a crash interrupted and nobody was told of', {
      file: segment.name,
      offset: scan.end.offset,
      bytes: torn,
    })
  }
  const spares = scan.following.map((loaded) => loaded.segment)
  const nextSequence = segment.sequence + 1
  const supply = new SegmentSupply({ disk, logger, room, size: sizes.segment, owner, nextSequence, spares })
  const { logEnd, kept, end, covered } = scan
  const writer = new LogWriter({
    supply,
    room,
    logEnd,
    kept,
    batchBytesMax: sizes.batch,
    runs,
    segment,
    end,
    covered,
  })
  await writer.coverRecords()
  return writer
}

async function segmentsOf(disk: Disk, firstSegmentBytes: number): Promise<number[]> {
  const names = await disk.list()
  await removeUnfinished(disk, names)
  // A rename of the former process may not be durable yet, though it can be seen.
  await disk.syncFolder()
  const sequences = segmentSequences(names)
  if (sequences.length > 0) return sequences
  if (names.includes(memberFileName)) {
    throw new DamagedStorageError(segmentName(1), 0, `the file is missing, and ${memberFileName} is there`)
  }
  const first = await createSegment(disk, 1, firstSegmentBytes, undefined)
  await first.file.close()
  return [1]
}

/** Before anything is changed: what does not fit together stays as it is. */
async function join(
  scan: Scan,
  [first = 1]: readonly number[],
  { newest }: StoredSnapshots,
): Promise<Joined> {
  try {
    return joinLog({ entries: scan.entries, end: scan.logEnd.checkpoint, first }, newest?.position)
  } catch (error) {
    await closeScanned(scan)
    throw error
  }
}
