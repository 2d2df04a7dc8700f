import type { Disk } from '../ports.js'
import type { Configuration, SnapshotPosition } from '../raft/types.js'
import { DamagedStorageError, UnknownFormatError } from './errors.js'
import { joinLog } from './join.js'
import { LogSummary, type EntriesSummary, type SegmentSummary } from './log-summary.js'
import { memberFileName, readMemberFile, type MemberFile } from './member-file.js'
import { closeScanned, scanLog } from './recovery.js'
import { segmentName, segmentSequences } from './segment.js'
import { tornBytes } from './settle.js'
import { operatorTokenFileName } from './operator-token.js'
import { placeFileName } from './place-file.js'
import { promiseFileName } from './promise-file.js'
import { removalMarkName } from './removal-mark.js'
import { startsFileName } from './starts-file.js'
import { readSkips, skipFileName } from './skip-file.js'
import { openSnapshot, snapshotNames, type StoredSnapshot } from './snapshot-file.js'

/** What is in a data folder, as plain data. */
export interface Inspection {
  /** Absent: no member has ever been started here. */
  readonly member?: MemberFile
  /** Absent: nothing has been persisted. */
  readonly hardState?: { readonly currentTerm: number; readonly votedFor: string | null }
  /** As the end of the log has it, committed or not. Absent as `member` is. */
  readonly configuration?: Configuration
  /** Likewise. Absent: no leader has given one yet. */
  readonly clusterId?: string
  readonly snapshot?: SnapshotSummary
  /** Entries that are not to be run. Absent when there are none. */
  readonly skips?: readonly number[]
  /** The log, without regard to the snapshot. */
  readonly entries: EntriesSummary
  readonly segments: readonly SegmentSummary[]
  /** Segments behind the end of the log: made beforehand, or not reached because of damage. */
  readonly spares: readonly string[]
  /** Of a write that a crash interrupted: the next start cuts them. */
  readonly tornBytes: number
  /** Files that belong to neither: in the making when a crash came, or somebody else's. */
  readonly others: readonly string[]
  /** The first thing that does not hold. What stands behind it in the log is not in this summary. */
  readonly damage?: Damage
}

export interface SnapshotSummary {
  readonly file: string
  readonly position: SnapshotPosition
  readonly chunks: number
  readonly bytes: number
}

export interface Damage {
  readonly label: 'DAMAGED_STORAGE' | 'UNKNOWN_FORMAT'
  readonly file: string
  readonly message: string
}

type Found = DamagedStorageError | UnknownFormatError

/**
 * Reads everything but the pieces of the snapshot, and changes nothing. Damage is reported, not thrown; rejects only
 * with the disk's own error. Nobody else may have the folder open meanwhile.
 */
export async function inspect(disk: Disk): Promise<Inspection> {
  const { inspection, damage } = await examine(disk, async () => undefined)
  if (!damage) return inspection
  const { label, file, message } = damage
  return { ...inspection, damage: { label, file, message } }
}

/**
 * Reads everything, and changes nothing. Resolves when a member could be started here and could send its snapshot;
 * rejects with the DamagedStorageError or UnknownFormatError of the first thing that does not hold.
 */
export async function verify(disk: Disk): Promise<Inspection> {
  const { inspection, damage } = await examine(disk, readPieces)
  if (damage) throw damage
  return inspection
}

/** Reads every piece. */
export async function readPieces(snapshot: StoredSnapshot): Promise<void> {
  for (let piece = 0; piece < snapshot.chunks; piece++) await snapshot.chunk(piece)
}

async function examine(
  disk: Disk,
  readOn: (snapshot: StoredSnapshot) => Promise<void>,
): Promise<{ inspection: Inspection; damage: Found | undefined }> {
  const names = await disk.list()
  const finder = new Finder()
  const member = await finder.attempt(() => readMemberFile(disk))
  const snapshot = await finder.attempt(() => readSnapshot(disk, names, readOn))
  const log = new LogSummary()
  const skips = [...((await finder.attempt(() => readSkips(disk))) ?? []).keys()]
  const torn = await finder.attempt(() => readLog(disk, names, log, snapshot?.position, member))
  const { hardState, entries, segments } = log
  const configuration = log.configuration ?? snapshot?.position.configuration ?? member?.bootstrap
  const clusterId = log.clusterId ?? snapshot?.position.clusterId
  const spares = segmentSequences(names).map(segmentName).slice(segments.length)
  const known = new Set([
    memberFileName,
    skipFileName,
    startsFileName,
    placeFileName,
    operatorTokenFileName,
    promiseFileName,
    removalMarkName,
    snapshot?.file,
    ...spares,
    ...segments.map(({ file }) => file),
  ])
  const inspection = {
    ...(member && { member }),
    ...(hardState && { hardState: { ...hardState, votedFor: hardState.votedFor ?? null } }),
    ...(configuration && { configuration }),
    ...(clusterId && { clusterId }),
    ...(snapshot && { snapshot }),
    ...(skips.length > 0 && { skips }),
    entries,
    segments,
    spares,
    tornBytes: torn ?? 0,
    others: names.filter((name) => !known.has(name)),
  }
  return { inspection, damage: finder.first }
}

/** Keeps the first damage, and goes on. */
class Finder {
  first: Found | undefined

  async attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof DamagedStorageError || error instanceof UnknownFormatError)) throw error
      this.first ??= error
      return undefined
    }
  }
}

async function readSnapshot(
  disk: Disk,
  names: readonly string[],
  readOn: (snapshot: StoredSnapshot) => Promise<void>,
): Promise<SnapshotSummary | undefined> {
  const [file] = snapshotNames(names)
  if (file === undefined) return undefined
  const snapshot = await openSnapshot(disk, file)
  try {
    await readOn(snapshot)
    const { position, chunks, bytes } = snapshot
    return { file, position, chunks, bytes }
  } finally {
    await snapshot.close()
  }
}

/** Returns how many bytes of torn end there are. */
async function readLog(
  disk: Disk,
  names: readonly string[],
  log: LogSummary,
  snapshot: SnapshotPosition | undefined,
  member: MemberFile | undefined,
): Promise<number> {
  const sequences = segmentSequences(names)
  const [first] = sequences
  if (first === undefined) {
    if (!names.includes(memberFileName)) return 0
    throw new DamagedStorageError(segmentName(1), 0, `the file is missing, and ${memberFileName} is there`)
  }
  const scan = await scanLog(disk, sequences, member, log)
  try {
    joinLog({ entries: scan.entries, end: scan.logEnd.checkpoint, first }, snapshot)
    return tornBytes(scan)
  } finally {
    await closeScanned(scan)
  }
}
