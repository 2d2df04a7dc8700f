/** `rollcall recover`: what is left of a cluster goes on without the majority that it has lost for good. */
import { identifier } from '../../lib/command-line/values.js'
import { UsageError } from '../../lib/command-line/report.js'
import { folderOf as ofMember, groupFlag, startOf } from '../../lib/command-line/told-commands.js'
import { DEFAULT_CLUSTER, NAMESERVER_CLUSTER, NAMESERVER_MEMBER } from '../../lib/defaults.js'
import { clusterId } from '../../lib/raft/types.js'
import { NotRecoverableError, recoverAlone, type RecoveredAlone } from '../../lib/storage/recover-alone.js'
import { readMemberFile } from '../../lib/storage/member-file.js'
import { createLogger } from '../../lib/system/logger.js'
import { systemRandom } from '../../lib/system/random.js'
import { withFolder } from './folder.js'

export interface RecoverOptions {
  readonly id?: string | undefined
  readonly data?: string | undefined
  /** Whether somebody has said that the others are lost for good. */
  readonly yes: boolean
}

/** Resolves with what is left, and what to do next. */
export async function recover({ id, data, yes }: RecoverOptions): Promise<string> {
  const folder = folderOf(id, data)
  if (!yes)
    throw new UsageError("recover can't be undone: read rollcall recover --help, then repeat it with --yes")
  const logger = createLogger({ level: 'warn', name: 'recover', stream: process.stderr })
  const { recovered, cluster } = await withFolder(folder, async (disk) => {
    const member = await readMemberFile(disk)
    const found = member?.id
    if (id !== undefined && found !== undefined && found !== id) {
      throw new NotRecoverableError(`${folder} is the data folder of ${found}, not of ${id}`)
    }
    const recovered = await recoverAlone(disk, logger, clusterId(systemRandom.identifier()))
    return { recovered, cluster: member?.cluster ?? DEFAULT_CLUSTER }
  })
  const start = startOf({ id: recovered.id, cluster }, data)
  return renderRecovered(recovered, start, `rollcall add${groupFlag(cluster)}`)
}

function folderOf(id: string | undefined, data: string | undefined): string {
  if (data !== undefined) return data
  if (id === undefined) throw new UsageError('recover needs the id of a member, or --data with its folder')
  const known = identifier('the member id', id)
  return ofMember({ id: known, cluster: known === NAMESERVER_MEMBER ? NAMESERVER_CLUSTER : DEFAULT_CLUSTER })
}

function renderRecovered(
  { id, lastIndex, lastTerm, term, left }: RecoveredAlone,
  startLine: string,
  add: string,
): string {
  const kept = `${id} is a cluster of its own now, in term ${term}; kept: entries up to ${lastIndex}, the last one of term ${lastTerm}.`
  const start = `Start it with: ${startLine}`
  if (left.length === 0) return `${kept}\n${start}`
  return `${kept}\n${start}\nThen remove the old folders of ${left.join(', ')}, and add new members with: ${add}`
}
