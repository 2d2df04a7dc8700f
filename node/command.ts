/** `rollcall node ID`, as the command line shows it. */
import { defineService } from '../lib/system/command-module.js'
import { withFlags } from '../lib/system/settings.js'
import { NODE_FLAGS } from './flags.js'

export const nodeCommand = defineService({
  command: 'node <id>',
  describe: 'one member of the cluster',
  builder: (yargs) =>
    withFlags(yargs, NODE_FLAGS)
      .positional('id', {
        type: 'string',
        demandOption: true,
        describe: 'node1 … node4, or one that --members names',
      })
      .example('$0 node node1', 'the first of the four hard-coded members')
      .example(
        '$0 node a --members a@localhost:7001,b@localhost:7002,c@localhost:7003',
        'a member of a cluster of three',
      ),
  handler: async ({ id, ...flags }) => {
    const { runNode } = await import('./run.js')
    await runNode(id, flags)
  },
})
