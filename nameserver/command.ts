/** `rollcall nameserver`: the name server in this process. */
import type { FlagName } from '../lib/command-line/flags.js'
import { defineCommand } from '../lib/system/command-module.js'
import { createLogger } from '../lib/system/logger.js'
import { runService } from '../lib/system/service.js'
import { withFlags } from '../lib/system/settings.js'
import { startNameServer } from './server.js'

const FLAGS = ['host', 'port', 'data', 'log-level', 'log-format'] as const satisfies readonly FlagName[]

export const nameserverCommand = defineCommand({
  command: 'nameserver',
  describe: 'the name server: names to URIs',
  builder: (yargs) =>
    withFlags(yargs, FLAGS)
      .example('$0 nameserver', 'on localhost:9090, with its records in .rollcall/nameserver')
      .example('$0 nameserver --port 9190 --data /var/lib/names', 'elsewhere'),
  handler: async ({ host, port, data, 'log-level': level, 'log-format': format }) => {
    await runService(async () => {
      const server = await startNameServer({
        ...(host !== undefined && { host }),
        ...(port !== undefined && { port }),
        ...(data !== undefined && { data }),
        logger: createLogger({ level, format, name: 'nameserver', stream: process.stderr }),
      })
      return { failed: server.failed, stop: () => server.close() }
    })
  },
})
