import { SHIPPED_NAMES } from '../lib/shipped/index.js'
import { defineService } from '../lib/system/command-module.js'
import { withFlags } from '../lib/system/settings.js'
import { BALANCER_FLAGS } from './flags.js'

export const balancerCommand = defineService({
  command: 'balancer',
  describe: 'load balancer and HTTP gateway: passes calls to the leader',
  builder: (yargs) =>
    withFlags(yargs, BALANCER_FLAGS)
      .example('$0 balancer', `on localhost:9080, for ${SHIPPED_NAMES.join(', ')}`)
      .example('$0 balancer --allow-object kv,visits', 'for these two objects')
      .example('$0 balancer --allow-origin http://localhost:3000', 'for pages of that origin too'),
  handler: async (values) => {
    const { runBalancer } = await import('./run.js')
    await runBalancer(values)
  },
})
