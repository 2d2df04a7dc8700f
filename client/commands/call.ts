import { withFlags } from '../../lib/system/settings.js'
import { defineCommand, restOf } from '../../lib/system/command-module.js'
import { printJson } from '../../lib/system/print.js'
import { jsonOrText, target } from '../../lib/command-line/arguments.js'
import { CLIENT_FLAGS } from '../../lib/command-line/client-flags.js'
import { withCluster } from './with-cluster.js'

export const callCommand = defineCommand({
  command: 'call <target> [args..]',
  takesRest: true,
  describe: 'one call; prints the result as one line of JSON',
  builder: (yargs) =>
    withFlags(yargs, CLIENT_FLAGS)
      .positional('target', { type: 'string', demandOption: true, describe: 'OBJECT.METHOD' })
      .positional('args', {
        type: 'string',
        array: true,
        default: [],
        describe: 'each is JSON that prints back the same, or else a plain string',
      })
      .example('$0 call kv.set greeting hello', 'set a key')
      .example('$0 call counter.increment -- -5', 'after -- an argument may begin with a dash'),
  handler: async (values) => {
    const { object, method } = target(values.target)
    const params = [...values.args, ...restOf(values)].map(jsonOrText)
    printJson(await withCluster(values, (rollcall) => rollcall.call(object, method, params)))
  },
})
