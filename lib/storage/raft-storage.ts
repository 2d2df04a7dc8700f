import type { Disk, Logger } from '../ports.js'
import type { Recovered } from '../raft/types.js'
import { DamagedStorageError } from './errors.js'
import { LogWriter } from './log-writer.js'
import { memberFileName } from './member-file.js'
import type { Change } from './record.js'
import { scanLog, type Scan } from './recovery.js'
import { SegmentSupply } from './segment-supply.js'
import {
  createSegment,
  firstSegmentBytes,
  removeUnfinished,
  segmentName,
  segmentSequences,
} from './segment.js'
import { settle } from './settle.js'

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

/**
 * The durable part of one Raft member: term, vote and log, as one stream of records in segments (segment.ts, block.ts
 * and record.ts hold the format). One process at a time may have it open, which the folder's lock sees to.
 */
export class RaftStorage {
  readonly #writer: LogWriter
  #closing: Promise<void> | undefined

  private constructor(writer: LogWriter) {
    this.#writer = writer
  }

  /**
   * Reads the folder, or begins a new log in an empty one. What it returns as recovered is durable. A torn end is cut,
   * with one line to the log. Rejects with a DamagedStorageError when something that was durable can't be read back,
   * with an UnknownFormatError, or with the disk's own error.
   */
  static async open(
    disk: Disk,
    logger: Logger,
    sizes: LogSizes = defaultSizes,
  ): Promise<{ storage: RaftStorage; recovered: Recovered }> {
    const scan = await scanLog(disk, await segmentsOf(disk, sizes.firstSegment))
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
    const supply = new SegmentSupply(disk, logger, sizes.segment, segment.sequence + 1, spares)
    const writer = new LogWriter({
      supply,
      logEnd: scan.logEnd,
      batchBytesMax: sizes.batch,
      segment,
      end: scan.end,
      covered: scan.covered,
    })
    await writer.coverRecords()
    return { storage: new RaftStorage(writer), recovered: recoveredOf(scan) }
  }

  /**
   * Makes one record durable: drops the log from `truncateFrom` on, appends `entries`, replaces the hard state; all of
   * it or, after a crash, nothing. Resolves when it is durable, in the order of the calls; those that wait together
   * share one sync. Rejects with a StorageFailedError once a write or a sync has failed, and for ever after: what was
   * not acknowledged is in doubt until the next start reads the folder anew. Rejects with a MalformedRecordError, and
   * writes nothing, when the record contradicts the ones before it.
   */
  persist(record: Change): Promise<void> {
    return this.#writer.append(record)
  }

  /** Finishes what has been asked for, then closes the files. Further calls are refused. Never rejects. */
  close(): Promise<void> {
    return (this.#closing ??= this.#writer.close())
  }
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
  const first = await createSegment(disk, 1, firstSegmentBytes)
  await first.file.close()
  return [1]
}

function recoveredOf({ logEnd, entries }: Scan): Recovered {
  return { hardState: logEnd.checkpoint.hardState, entries }
}
