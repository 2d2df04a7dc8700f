/** What is in a data folder, and is it sound. */
import { statSync } from 'node:fs'
import { CommandError } from '../../lib/command-line/report.js'
import { inspect, readPieces, verify, type Inspection } from '../../lib/storage/inspect.js'
import { withBackup, readFolder } from './folder.js'
import { counted, describeCluster } from './render.js'

export { renderInspection } from './render.js'

export function inspectFolder(folder: string): Promise<Inspection> {
  return readFolder(folder, inspect)
}

/** Reads everything in a member's data folder, or in a backup's file; resolves with a sentence when it is sound. */
export function verifyPath(path: string): Promise<string> {
  return isFile(path) ? verifyBackup(path) : verifyFolder(path)
}

async function verifyFolder(folder: string): Promise<string> {
  const inspection = await readFolder(folder, verify)
  if (!inspection.member) throw new CommandError('NO_MEMBER', `${folder} is not the data folder of a member`)
  return `sound: ${partsOf(inspection).join(', ')}`
}

function verifyBackup(file: string): Promise<string> {
  return withBackup(file, async (backup) => {
    await readPieces(backup)
    const { position, chunks, bytes } = backup
    const size = `${counted(chunks, 'piece')}, ${counted(bytes, 'byte')}`
    return `sound: a backup up to entry ${position.index}, ${size}, ${describeCluster(position)}`
  })
}

function partsOf({ member, segments, entries, snapshot, tornBytes }: Inspection): readonly string[] {
  return [
    ...(member ? [`${member.id} of the cluster ${member.cluster}`] : []),
    ...(snapshot ? [`a snapshot up to entry ${snapshot.position.index}`] : []),
    `${entries.count === 1 ? 'one entry' : `${entries.count.toLocaleString('en-US')} entries`} in ${counted(segments.length, 'segment')}`,
    ...(tornBytes > 0 ? ['a torn end, which the next start cuts'] : []),
  ]
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
