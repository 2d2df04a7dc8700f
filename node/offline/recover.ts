/** `rollcall recover`: what is left of a cluster goes on without the majority that it has lost for good. */
import { identifier } from '../../lib/command-line/values.js'
import { UsageError } from '../../lib/command-line/report.js'
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
  const recovered = await withFolder(folder, async (disk) => {
    const found = (await readMemberFile(disk))?.id
    if (id !== undefined && found !== undefined && found !== id) {
      throw new NotRecoverableError(`${folder} is the data folder of ${found}, not of ${id}`)
    }
    return recoverAlone(disk, logger, clusterId(systemRandom.identifier()))
  })
  return renderRecovered(recovered)
}

function folderOf(id: string | undefined, data: string | undefined): string {
  if (data !== undefined) return data
  if (id === undefined) throw new UsageError('recover needs the id of a member, or --data with its folder')
  return `.rollcall/${identifier('the member id', id)}`
}

function renderRecovered({ id, lastIndex, lastTerm, term, left }: RecoveredAlone): string {
  const kept = `${id} is a cluster of its own now, in term ${term}; kept: entries up to ${lastIndex}, the last one of term ${lastTerm}.`
  const start = `Start it with: rollcall node ${id}`
  if (left.length === 0) return `${kept}\n${start}`
  return `${kept}\n${start}\nThen remove the old folders of ${left.join(', ')}, and add new members with: rollcall add`
}
