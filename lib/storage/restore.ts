import type { Disk, Logger } from '../ports.js'
import type { SnapshotPosition } from '../raft/types.js'
import { crc32 } from './crc32.js'
import { memberFileName, writeMemberFile, type MemberFile } from './member-file.js'
import { RaftStorage } from './raft-storage.js'
import { segmentSequences } from './segment.js'
import { snapshotName, snapshotNames, type SnapshotFile } from './snapshot-file.js'
import { SnapshotFileWriter } from './snapshot-writer.js'

/** The folder has been a member's. Nothing was changed. */
export class FolderNotEmptyError extends Error {
  override readonly name = 'FolderNotEmptyError'
  readonly label = 'FOLDER_NOT_EMPTY'

  constructor(folder: string) {
    super(
      `${folder} is not empty: a backup is restored into a new folder. Use another one, or remove this one first`,
    )
  }
}

/**
 * Makes an empty folder that of the member `member` of a new cluster, which begins with what the backup holds. Every
 * member of `member.bootstrap` is to be made from the same backup: the folder keeps its name, and the members refuse
 * those that are not. The first of them that leads gives the cluster its id. Returns where the backup stood. Durable
 * when it resolves; each piece has been checked.
 *
 * A crash on the way leaves a folder without a member file, which is not empty. Rejects with a FolderNotEmptyError, a
 * DamagedStorageError or UnknownFormatError of the backup, or a StorageFailedError.
 */
export async function restoreBackup(
  backup: SnapshotFile,
  disk: Disk,
  member: MemberFile,
  logger: Logger,
): Promise<SnapshotPosition> {
  await refuseUsed(disk)
  const { index, term } = backup.position
  const position: SnapshotPosition = {
    index,
    term,
    configuration: member.bootstrap,
    clusterId: undefined,
    incarnations: [],
    backup: await nameOf(backup, member),
  }
  await copy(backup, new SnapshotFileWriter(disk, snapshotName(index), position))
  // Last, as it is what makes the folder a member's.
  await writeMemberFile(disk, member)
  const { storage } = await RaftStorage.open(disk, logger)
  await storage.close()
  return backup.position
}

/** The same for all members that are to be made from it, and no other backup's, nor that of another set of members. */
async function nameOf(backup: SnapshotFile, { cluster, bootstrap }: MemberFile): Promise<string> {
  const { index, term } = backup.position
  let checksum = checksumOf(JSON.stringify([cluster, [...bootstrap.voters].sort()]))
  for (let piece = 0; piece < backup.chunks; piece++)
    checksum = checksumOf(`${checksum} ${await backup.chunk(piece)}`)
  return `entry ${index} of term ${term}, ${checksum.toString(16)}`
}

function checksumOf(text: string): number {
  return crc32(new TextEncoder().encode(text))
}

async function refuseUsed(disk: Disk): Promise<void> {
  const names = await disk.list()
  const isUsed =
    names.includes(memberFileName) || snapshotNames(names).length > 0 || segmentSequences(names).length > 0
  if (isUsed) throw new FolderNotEmptyError(disk.name)
}

async function copy(from: SnapshotFile, into: SnapshotFileWriter): Promise<void> {
  try {
    for (let piece = 0; piece < from.chunks; piece++) await into.write(await from.chunk(piece))
    await (await into.finish()).close()
  } catch (error) {
    await into.discard()
    throw error
  }
}
