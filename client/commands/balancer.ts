import type { FlagName } from '../../lib/command-line/flags.js'
import { defineCommand } from '../../lib/system/command-module.js'
import { createLogger } from '../../lib/system/logger.js'
import { runService } from '../../lib/system/service.js'
import { withFlags } from '../../lib/system/settings.js'
import { startBalancer } from '../balancer/start-balancer.js'
import { CLIENT_FLAGS } from './module.js'

const FLAGS = [
  'host',
  'port',
  ...CLIENT_FLAGS,
  'allow-object',
  'allow-origin',
  'log-level',
  'log-format',
] as const satisfies readonly FlagName[]

export const balancerCommand = defineCommand({
  command: 'balancer',
  describe: 'load balancer and HTTP gateway: passes calls to the leader',
  builder: (yargs) =>
    withFlags(yargs, FLAGS)
      .example('$0 balancer', 'on localhost:9080, for log, kv and counter')
      .example('$0 balancer --allow-object kv,visits', 'for these two objects')
      .example('$0 balancer --allow-origin http://localhost:3000', 'for pages of that origin too'),
  handler: async (values) => {
    const { 'log-level': level, 'log-format': format } = values
    const logger = createLogger({ level, format, name: 'balancer', stream: process.stderr })
    await runService(async () => {
      const balancer = await startBalancer({
        ...values,
        objects: values['allow-object'],
        origins: values['allow-origin'],
        logger,
      })
      return { failed: new Promise<Error>(() => undefined), stop: () => balancer.stop() }
    })
  },
})
