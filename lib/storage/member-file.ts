import type { Disk } from '../ports.js'
import { incarnation, serverId, type Configuration, type Incarnation, type ServerId } from '../raft/types.js'
import { readBlock } from './block.js'
import { configurationOf } from './entry-payload.js'
import { DamagedStorageError, MalformedRecordError, UnknownFormatError } from './errors.js'
import {
  createSegment,
  firstSegmentBytes,
  headerBytes,
  loadSegment,
  segmentName,
  segmentSequences,
} from './segment.js'
import type { SegmentOwner } from './segment-owner.js'
import { fields, number, parse, text } from './stored-json.js'
import { checksummed, readWhole, replaceWhole, unchecked } from './small-file.js'

/**
 * Who this data folder belongs to: `member.json`, one JSON object with these fields, written once when the folder is
 * made. A folder without it has never been a member.
 *
 * Beside these the file has `format`, and, from format 2 on, `crc32` (small-file.ts). A letter of the incarnation that has changed would make it another member's folder, and nobody would know why.
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
const memberFileFormat = 2

/** Undefined: the folder is new. Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readMemberFile(disk: Disk): Promise<MemberFile | undefined> {
  const bytes = await readWhole(disk, memberFileName)
  if (bytes === undefined) return undefined
  try {
    return memberFileOf(parse(utf8(bytes)))
  } catch (error) {
    if (error instanceof MalformedRecordError) throw new DamagedStorageError(memberFileName, 0, error.message)
    throw error
  }
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
  await replaceWhole(disk, memberFileName, textOf(file))
}

async function beginLog(disk: Disk, names: readonly string[], owner: SegmentOwner): Promise<void> {
  const [first] = segmentSequences(names)
  if (first === undefined) {
    const { file } = await createSegment(disk, 1, firstSegmentBytes, owner)
    await file.close()
    return
  }
  const { segment, bytes } = await loadSegment(disk, first, owner)
  await segment.file.close()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (first === 1 && !readBlock(view, first, headerBytes)) return
  throw new DamagedStorageError(
    memberFileName,
    0,
    `the file is missing, and ${segmentName(first)} holds records`,
  )
}

function textOf(file: MemberFile): Uint8Array {
  const fields = { format: memberFileFormat, ...file }
  return new TextEncoder().encode(`${JSON.stringify(checksummed(fields), undefined, 2)}\n`)
}

function memberFileOf(value: unknown): MemberFile {
  const from = fields(value, memberFileName)
  const format = number(from['format'], 'format')
  if (format !== 1 && format !== memberFileFormat)
    throw new UnknownFormatError(memberFileName, format, memberFileFormat)
  if (format === memberFileFormat) unchecked(from)
  return {
    id: serverId(text(from['id'], 'id')),
    cluster: text(from['cluster'], 'cluster'),
    incarnation: incarnation(text(from['incarnation'], 'incarnation')),
    bootstrap: configurationOf(from['bootstrap']),
  }
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new MalformedRecordError('the file is not UTF-8')
  }
}
