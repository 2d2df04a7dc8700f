import { resolve } from 'node:path'
import { defineCommand } from '../../lib/system/command-module.js'
import { printJson } from '../../lib/system/print.js'
import { withFlags } from '../../lib/system/settings.js'
import { OPERATOR_FLAGS } from '../../lib/command-line/client-flags.js'
import { withGroup } from './with-cluster.js'

/** A large state is long on its way. */
const BACKUP_MS = 24 * 60 * 60 * 1000

export const backupCommand = defineCommand({
  command: 'backup <file>',
  describe: 'write all that the cluster holds to one file, while it runs',
  builder: (yargs) =>
    withFlags(yargs, [...OPERATOR_FLAGS, 'nameservers', 'timeout'])
      .positional('file', { type: 'string', demandOption: true, describe: 'a file that does not exist yet' })
      .example('$0 backup monday.backup', 'made into a new cluster by: $0 restore'),
  handler: async ({ file, timeout = BACKUP_MS, ...flags }) => {
    const { backup } = await import('../backup.js')
    const { errand } = await import('../members/errand.js')
    const made = await errand(timeout, (steps) =>
      withGroup(flags, (rollcall) => backup(rollcall, resolve(file), steps)),
    )
    printJson(made)
  },
})
