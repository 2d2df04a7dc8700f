import type { Disk } from '../ports.js'
import { incarnation, serverId, type Configuration, type Incarnation, type ServerId } from '../raft/types.js'
import { readBlock } from './block.js'
import { configurationOf } from './entry-payload.js'
import { DamagedStorageError } from './errors.js'
import {
  createSegment,
  firstSegmentBytes,
  headerBytes,
  loadSegment,
  segmentName,
  segmentSequences,
} from './segment.js'
import type { SegmentOwner } from './segment-owner.js'
import { readSmallFile, writeSmallFile, type SmallFile } from './small-file.js'
import { text } from './stored-json.js'

/**
 * Who this data folder belongs to: `member.json`, with these members, written once when the folder is made. A folder
 * without it has never been a member. A letter of the incarnation that has changed would make it another member's
 * folder, and nobody would know why: from format 2 on there is a checksum.
 */
export interface MemberFile {
  readonly id: ServerId
  /** The cluster's name, as in `--cluster`. */
  readonly cluster: string
  readonly incarnation: Incarnation
  /** In force while the log has no configuration. */
  readonly bootstrap: Configuration
}

export const memberFileName = 'member.json'
const MEMBER_FILE: SmallFile = {
  name: memberFileName,
  format: 2,
  isUnchecked: ({ format }) => format === 1,
  isIndented: true,
}

/** Undefined: the folder is new. Rejects with a DamagedStorageError or an UnknownFormatError. */
export function readMemberFile(disk: Disk): Promise<MemberFile | undefined> {
  return readSmallFile(disk, MEMBER_FILE, memberFileOf)
}

/**
 * Makes the folder a member's; durable when this resolves. To be called before the first record is persisted, before
 * or after the log is opened. The log's first segment is made first, so that from here on a folder without a log is
 * known to have lost it. Rejects with a DamagedStorageError when the log has records already: its member file is lost.
 */
export async function writeMemberFile(disk: Disk, file: MemberFile): Promise<void> {
  const names = await disk.list()
  if (names.includes(memberFileName)) throw new Error(`${disk.name} has a ${memberFileName} already`)
  await beginLog(disk, names, file)
  await writeSmallFile(disk, MEMBER_FILE, file)
}

async function beginLog(disk: Disk, names: readonly string[], owner: SegmentOwner): Promise<void> {
  const [first] = segmentSequences(names)
  if (first !== undefined && !(await isLeftBehind(disk, first, owner))) return
  if (first !== undefined) await disk.remove(segmentName(first))
  const { file } = await createSegment(disk, 1, firstSegmentBytes, owner)
  await file.close()
}

/**
 * Whether an earlier try to make the folder a member's got no further than this segment, which names that one as its
 * owner.
 */
async function isLeftBehind(disk: Disk, first: number, { incarnation }: SegmentOwner): Promise<boolean> {
  const { segment, bytes } = await loadSegment(disk, first, undefined)
  await segment.file.close()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (first === 1 && !readBlock(view, first, headerBytes))
    return segment.owner !== undefined && segment.owner.incarnation !== incarnation
  throw new DamagedStorageError(
    memberFileName,
    0,
    `the file is missing, and ${segmentName(first)} holds records`,
  )
}

function memberFileOf(said: Readonly<Record<string, unknown>>): MemberFile {
  return {
    id: serverId(text(said['id'], 'id')),
    cluster: text(said['cluster'], 'cluster'),
    incarnation: incarnation(text(said['incarnation'], 'incarnation')),
    bootstrap: configurationOf(said['bootstrap']),
  }
}
