/** `rollcall nameserver`, as the command line shows it. */
import { defineService } from '../lib/system/command-module.js'
import { withFlags } from '../lib/system/settings.js'
import { NAMESERVER_FLAGS } from './flags.js'

export const nameserverCommand = defineService({
  command: 'nameserver [id]',
  describe: 'the name server, or one of several: names to URIs',
  builder: (yargs) =>
    withFlags(yargs, NAMESERVER_FLAGS)
      .positional('id', {
        type: 'string',
        describe: 'of several: which one; they have one set of names, and any of three may be lost',
      })
      .example('$0 nameserver', 'on localhost:9090, with its records in .rollcall/nameserver')
      .example('$0 nameserver --port 9190 --data /var/lib/names', 'elsewhere')
      .example(
        '$0 nameserver ns1 --members ns1@a:9090,ns2@b:9090,ns3@c:9090 --host a',
        'the first of three, each on a host of its own',
      ),
  handler: async ({ id, ...values }) => {
    const { runNameServer } = await import('./run.js')
    await runNameServer(id, values)
  },
})
