import { withFlags } from '../../lib/system/settings.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { EXIT } from '../../lib/command-line/report.js'
import { OPERATOR_FLAGS } from '../../lib/command-line/client-flags.js'
import { withCluster } from './with-cluster.js'

export const clientCommand = defineCommand({
  command: 'client',
  describe: 'the REPL: forwards commands to the leader, whoever that is',
  builder: (yargs) =>
    withFlags(yargs, OPERATOR_FLAGS)
      .example('$0 client', 'type help in it')
      .example("printf 'append hello\\nlog\\n' | $0 client", 'one command a line, one result after another'),
  handler: async (values) => {
    const { runRepl } = await import('../repl/repl.js')
    const { Screen } = await import('../screen.js')
    const { Waits } = await import('../waits.js')
    const screen = new Screen(process.stderr)
    const waits = new Waits((sentence) => screen.say(sentence))
    // Whoever reads the results may leave before all commands have run.
    process.exitCode = EXIT.failed
    process.exitCode = await withCluster(values, (rollcall) => runRepl({ rollcall, waits, screen }), waits)
  },
})
