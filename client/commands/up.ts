import { withFlags } from '../../lib/system/settings.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { EXIT } from '../../lib/command-line/report.js'
import { UP_FLAGS } from '../flags.js'

export const upCommand = defineCommand({
  command: 'up',
  describe: 'name server, nodes and REPL in one terminal',
  builder: (yargs) =>
    withFlags(yargs, UP_FLAGS)
      .example('$0 up', 'then: append hello, kill node1, watch')
      .example("printf 'append hello\\nstatus\\n' | $0 up", 'a complete run'),
  handler: async (values) => {
    const { up } = await import('../up/up.js')
    // Whoever reads the results may leave before all commands have run.
    process.exitCode = EXIT.failed
    process.exitCode = await up(values)
  },
})
