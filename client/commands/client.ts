import { withFlags } from '../../lib/system/settings.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { runRepl } from '../repl/repl.js'
import { Screen } from '../screen.js'
import { CLIENT_FLAGS, withCluster } from './module.js'

export const clientCommand = defineCommand({
  command: 'client',
  describe: 'the REPL: forwards commands to the leader, whoever that is',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .example('$0 client', 'type help in it')
      .example("printf 'append hello\\nlog\\n' | $0 client", 'one command a line, one result after another'),
  handler: async (values) => {
    const screen = new Screen(process.stderr)
    process.exitCode = await withCluster(values, (rollcall) => runRepl({ rollcall, screen }))
  },
})
