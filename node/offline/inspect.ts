/** `rollcall inspect DIR` and `rollcall verify DIR`: what is in a data folder, and is it sound. */
import { statSync } from 'node:fs'
import { CommandError } from '../../lib/command-line/report.js'
import { inspect, readPieces, verify, type Inspection } from '../../lib/storage/inspect.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { print, withBackup, withFolder } from './folder.js'
import { counted, describeCluster, renderInspection } from './render.js'

const FOLDER = { type: 'string', demandOption: true, describe: "a member's data folder" } as const
const IN_USE = [
  'The member must not run meanwhile: stop it, or look at a copy of its folder.',
  'Nothing is changed.',
].join('\n')

export const inspectCommand = defineCommand({
  command: 'inspect <folder>',
  describe: 'what is in a data folder: member, term, snapshot, log',
  builder: (yargs) =>
    yargs
      .positional('folder', FOLDER)
      .option('json', { type: 'boolean', default: false, describe: 'as one line of JSON' })
      .example('$0 inspect .rollcall/node1', 'for people; damage is shown with file and offset')
      .example('$0 inspect .rollcall/node1 --json', 'for programs')
      .epilogue(IN_USE),
  handler: async ({ folder, json }) => {
    const inspection = await withFolder(folder, inspect)
    print(json ? JSON.stringify(inspection) : renderInspection(inspection))
  },
})

export const verifyCommand = defineCommand({
  command: 'verify <folder>',
  describe: 'whether a data folder, or a backup, is sound; exit code 1 when not',
  builder: (yargs) =>
    yargs
      .positional('folder', { ...FOLDER, describe: "a member's data folder, or a backup's file" })
      .example('$0 verify .rollcall/node1', 'reads everything: every entry, every piece of the snapshot')
      .example('$0 verify monday.backup', 'could be restored')
      .epilogue(IN_USE),
  handler: async ({ folder }) => {
    print(isFile(folder) ? await verifyBackup(folder) : await verifyFolder(folder))
  },
})

async function verifyFolder(folder: string): Promise<string> {
  const inspection = await withFolder(folder, verify)
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
