/** `rollcall ready`: for whoever starts processes one after another. */
import { CommandError, UsageError } from '../../lib/command-line/report.js'
import { hostPort } from '../../lib/command-line/values.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { printText, say } from '../../lib/system/print.js'
import { withFlags } from '../../lib/system/settings.js'

export const readyCommand = defineCommand({
  command: 'ready [place]',
  describe: 'whether a process could be relied upon now, as its /readyz says; exit code 1 when not',
  builder: (yargs) =>
    withFlags(yargs, ['advertise', 'tls-ca', 'tls-cert', 'tls-key', 'token-file'])
      .positional('place', {
        type: 'string',
        describe: 'HOST:PORT of a node, a name server or a balancer; default: where --advertise says',
      })
      .example('$0 ready localhost:9101', 'a member is ready when another one may be restarted')
      .example('$0 ready', 'as the probe of a container that has ROLLCALL_ADVERTISE'),
  handler: async ({ place, advertise, ...flags }) => {
    const { tlsOf } = await import('../../lib/system/tls-flags.js')
    const { tokenOfFlags } = await import('../../lib/system/access-files.js')
    const { readinessAt } = await import('../ready.js')
    const at = place === undefined ? advertise : hostPort('the place', place)
    if (at === undefined) throw new UsageError('say who is asked: rollcall ready HOST:PORT')
    const token = tokenOfFlags(flags, say)
    const { isReady, said } = await readinessAt(at, tlsOf(flags, 'who calls'), token)
    if (!isReady) throw new CommandError('NOT_READY', `${at}: ${said}`)
    printText(said)
  },
})
