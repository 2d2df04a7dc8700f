import { withFlags } from '../../lib/system/settings.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { CLIENT_FLAGS } from '../../lib/command-line/client-flags.js'
import { withGroup } from './with-cluster.js'

export const statusCommand = defineCommand({
  command: 'status',
  describe: 'every member: role, term, commit index, reachable or not',
  builder: (yargs) =>
    withFlags(yargs, [...CLIENT_FLAGS, 'nameservers'])
      .option('watch', { type: 'boolean', default: false, describe: 'again and again, until Ctrl-C' })
      .option('json', { type: 'boolean', default: false, describe: 'as one line of JSON' })
      .example('$0 status --watch', 'see who leads, and who dies')
      .example('$0 status --nameservers', 'the name servers, where there are several'),
  handler: ({ watch, json, ...flags }) =>
    withGroup(flags, async (rollcall) => {
      const { showStatus } = await import('../view/status.js')
      await showStatus(rollcall, { watch, json })
    }),
})
