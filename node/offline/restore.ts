/** `rollcall restore`: a new cluster out of a backup. */
import { mkdir, readdir } from 'node:fs/promises'
import { folderOf, startOf } from '../../lib/command-line/told-commands.js'
import { DEFAULT_MEMBERS, NAMESERVER_CLUSTER, NAMESERVER_PORT } from '../../lib/defaults.js'
import { UsageError } from '../../lib/command-line/report.js'
import { identifier } from '../../lib/command-line/values.js'
import { incarnation, serverId } from '../../lib/raft/types.js'
import type { MemberFile } from '../../lib/storage/member-file.js'
import { FolderNotEmptyError, restoreBackup } from '../../lib/storage/restore.js'
import { createLogger } from '../../lib/system/logger.js'
import { firstConfiguration } from '../../lib/hosting/member-identity.js'
import { systemRandom } from '../../lib/system/random.js'
import { withBackup, withFolder } from './folder.js'

export interface RestoreOptions {
  readonly file: string
  /** The member that the folder will be. */
  readonly id: string
  readonly cluster: string
  /** It is one of the name servers, whatever the cluster. */
  readonly nameservers?: boolean | undefined
  readonly data?: string | undefined
  readonly members?: readonly string[] | undefined
}

/** Resolves with where the member stands, and what to do next. */
export async function restore(options: RestoreOptions): Promise<string> {
  const { file, id, data, members, nameservers } = options
  const cluster = nameservers === true ? NAMESERVER_CLUSTER : options.cluster
  const byDefault = nameservers === true ? [`${id}@localhost:${NAMESERVER_PORT}`] : DEFAULT_MEMBERS
  const member = memberOf(identifier('--id', id), members ?? byDefault, cluster)
  const folder = data ?? folderOf(member)
  const logger = createLogger({ level: 'warn', name: 'restore', stream: process.stderr })
  const { index, term } = await withBackup(file, async (backup) => {
    await makeEmptyFolder(folder)
    return withFolder(folder, (disk) => restoreBackup(backup, disk, member, logger))
  })
  return `${id} stands at entry ${index}, term ${term}, in ${folder}. ${nextStep(member, startOf(member, data))}`
}

function memberOf(id: string, members: readonly string[], cluster: string): MemberFile {
  if (!members.some((uri) => uri.startsWith(`${id}@`))) {
    throw new UsageError(
      `no member is called ${id}: it must be one of ${members.join(', ')}, or --members must name it`,
    )
  }
  return {
    id: serverId(id),
    cluster,
    incarnation: incarnation(systemRandom.identifier()),
    bootstrap: firstConfiguration(id, members, false),
  }
}

async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 })
  if ((await readdir(folder)).length > 0) throw new FolderNotEmptyError(folder)
}

function nextStep({ id, bootstrap }: MemberFile, start: string): string {
  const others = bootstrap.voters.filter((other) => other !== id)
  const first = others.length === 0 ? '' : `restore ${others.join(', ')} from the same file, then `
  const sentence = `${first}start it with: ${start}`
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
