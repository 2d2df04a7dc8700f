import { withFlags } from '../../lib/system/settings.js'
import { defineService } from '../../lib/system/command-module.js'
import { ECHO_FLAGS } from '../flags.js'

export const echoCommand = defineService({
  command: 'echo [name]',
  describe: 'serves an object to try things with: echo, error, slow, count, callback, note, context',
  builder: (yargs) =>
    withFlags(yargs, ECHO_FLAGS)
      .positional('name', { type: 'string', default: 'echo', describe: 'under which it is found' })
      .example('$0 echo', 'then, elsewhere: rollcall call echo.echo hello'),
  handler: async (values) => {
    const { runEcho } = await import('../echo.js')
    await runEcho(values.name, values)
  },
})
