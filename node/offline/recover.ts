/** `rollcall recover`: what is left of a cluster goes on without the majority that it has lost for good. */
import { identifier } from '../../lib/command-line/values.js'
import { UsageError } from '../../lib/command-line/report.js'
import { clusterId } from '../../lib/raft/types.js'
import { NotRecoverableError, recoverAlone, type RecoveredAlone } from '../../lib/storage/recover-alone.js'
import { readMemberFile } from '../../lib/storage/member-file.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { createLogger } from '../../lib/system/logger.js'
import { systemRandom } from '../../lib/system/random.js'
import { withFlags } from '../../lib/system/settings.js'
import { print, withFolder } from './folder.js'

const DANGER = [
  'The last resort: so many members are lost, with their folders, that no majority is left.',
  'Of those that are left choose the one with the highest last term, then the highest last',
  'entry; rollcall inspect shows both. What only the lost ones knew is gone, acknowledged or',
  'not. All others must not run again with their old folders: remove these, and add the',
  'members anew. The new cluster has an id of its own.',
].join('\n')

export const recoverCommand = defineCommand({
  command: 'recover [id]',
  describe: 'DANGEROUS: when a majority is lost for good, goes on with one member alone',
  builder: (yargs) =>
    withFlags(yargs, ['data'])
      .positional('id', { type: 'string', describe: 'the member; checked against the folder' })
      .option('yes', { type: 'boolean', default: false, describe: 'yes, the others are lost for good' })
      .example('$0 recover node2 --yes', 'go on with what .rollcall/node2 has')
      .example('$0 recover --data /srv/node2 --yes', 'the same with a folder elsewhere')
      .epilogue(DANGER),
  handler: async ({ id, data, yes }) => {
    const folder = folderOf(id, data)
    if (!yes)
      throw new UsageError("recover can't be undone: read rollcall recover --help, then repeat it with --yes")
    const logger = createLogger({ level: 'warn', format: 'text', name: 'recover', stream: process.stderr })
    const recovered = await withFolder(folder, async (disk) => {
      const found = (await readMemberFile(disk))?.id
      if (id !== undefined && found !== undefined && found !== id) {
        throw new NotRecoverableError(`${folder} is the data folder of ${found}, not of ${id}`)
      }
      return recoverAlone(disk, logger, clusterId(systemRandom.identifier()))
    })
    print(renderRecovered(recovered))
  },
})

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
