/** `rollcall restore`: a new cluster out of a backup. */
import { mkdir, readdir } from 'node:fs/promises'
import { DEFAULT_CLUSTER, DEFAULT_MEMBERS } from '../../lib/defaults.js'
import { UsageError } from '../../lib/command-line/report.js'
import { identifier } from '../../lib/command-line/values.js'
import { incarnation, serverId } from '../../lib/raft/types.js'
import type { MemberFile } from '../../lib/storage/member-file.js'
import { FolderNotEmptyError, restoreBackup } from '../../lib/storage/restore.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { createLogger } from '../../lib/system/logger.js'
import { firstConfiguration } from '../../lib/system/member-identity.js'
import { systemRandom } from '../../lib/system/random.js'
import { withFlags } from '../../lib/system/settings.js'
import { print, withBackup, withFolder } from './folder.js'

const EVERY_MEMBER = [
  'Do this once for each member of the new cluster, with the same file and the same --members,',
  'before the first one is started. The new cluster has an id of its own: members of the old',
  'one are refused.',
].join('\n')

export const restoreCommand = defineCommand({
  command: 'restore <file>',
  describe: 'a new data folder out of a backup',
  builder: (yargs) =>
    withFlags(yargs, ['data', 'members', 'cluster'])
      .positional('file', { type: 'string', demandOption: true, describe: 'what rollcall backup wrote' })
      .option('id', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'the member that the folder will be',
      })
      .example('$0 restore monday.backup --id node1', 'one of the four, into .rollcall/node1')
      .example('$0 restore monday.backup --id a --members a@localhost:7001', 'as a cluster of one')
      .epilogue(EVERY_MEMBER),
  handler: async ({ file, id, data, members, cluster }) => {
    const member = memberOf(identifier('--id', id), members ?? DEFAULT_MEMBERS, cluster)
    const folder = data ?? `.rollcall/${id}`
    const logger = createLogger({ level: 'warn', format: 'text', name: 'restore', stream: process.stderr })
    const { index, term } = await withBackup(file, async (backup) => {
      await makeEmptyFolder(folder)
      return withFolder(folder, (disk) => restoreBackup(backup, disk, member, logger))
    })
    print(
      `${id} stands at entry ${index}, term ${term}, in ${folder}. ${nextStep(member, startLine(member, data))}`,
    )
  },
})

function memberOf(id: string, members: readonly string[], cluster: string): MemberFile {
  if (!members.some((uri) => uri.startsWith(`${id}@`))) {
    throw new UsageError(
      `no member is called ${id}: it must be one of ${members.join(', ')}, or --members must name it`,
    )
  }
  return {
    format: 1,
    id: serverId(id),
    cluster,
    incarnation: incarnation(systemRandom.identifier()),
    bootstrap: firstConfiguration(id, members, false),
  }
}

async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  if ((await readdir(folder)).length > 0) throw new FolderNotEmptyError(folder)
}

function nextStep({ id, bootstrap }: MemberFile, start: string): string {
  const others = bootstrap.voters.filter((other) => other !== id)
  const first = others.length === 0 ? '' : `restore ${others.join(', ')} from the same file, then `
  const sentence = `${first}start it with: ${start}`
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

function startLine({ id, cluster }: MemberFile, data: string | undefined): string {
  const ownData = data === undefined ? '' : ` --data ${data}`
  const ownCluster = cluster === DEFAULT_CLUSTER ? '' : ` --cluster ${cluster}`
  return `rollcall node ${id}${ownData}${ownCluster}`
}
