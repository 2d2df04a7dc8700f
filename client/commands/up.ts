import { wholeNumber } from '../../lib/command-line/values.js'
import { withFlags } from '../../lib/system/settings.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { UP_FLAGS } from '../flags.js'

export const upCommand = defineCommand({
  command: 'up',
  describe: 'name server, nodes and REPL in one terminal',
  builder: (yargs) =>
    withFlags(yargs, UP_FLAGS)
      .option('nodes', {
        type: 'string',
        requiresArg: true,
        default: '4',
        describe: 'how many nodes (1 to 99), on the ports from 9101 on; --members names others',
        coerce: (text: string) => wholeNumber('--nodes', text, 1, 99),
      })
      .example('$0 up', 'then: append hello, kill node1, watch')
      .example("printf 'append hello\\nstatus\\n' | $0 up", 'a complete run'),
  handler: async (values) => {
    const { up } = await import('../up/up.js')
    process.exitCode = await up(values, values.nodes)
  },
})
