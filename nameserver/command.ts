/** `rollcall nameserver`, as the command line shows it. */
import { defineService } from '../lib/system/command-module.js'
import { withFlags } from '../lib/system/settings.js'
import { NAMESERVER_FLAGS } from './flags.js'

export const nameserverCommand = defineService({
  command: 'nameserver',
  describe: 'the name server: names to URIs',
  builder: (yargs) =>
    withFlags(yargs, NAMESERVER_FLAGS)
      .example('$0 nameserver', 'on localhost:9090, with its records in .rollcall/nameserver')
      .example('$0 nameserver --port 9190 --data /var/lib/names', 'elsewhere'),
  handler: async (values) => {
    const { runNameServer } = await import('./run.js')
    await runNameServer(values)
  },
})
