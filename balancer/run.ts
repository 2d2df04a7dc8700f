/** `rollcall balancer`: the balancer in this process. */
import { accessOfFlags } from '../lib/system/access-files.js'
import { chooseLogger, wireLog } from '../lib/system/choose-logger.js'
import { mdnsOf } from '../lib/system/mdns-flags.js'
import { runService } from '../lib/system/service.js'
import { tlsOf } from '../lib/system/tls-flags.js'
import type { BalancerFlags } from './flags.js'
import { startBalancer } from './start-balancer.js'

/** Resolves when it has ended tidily. */
export async function runBalancer(flags: BalancerFlags): Promise<void> {
  const logger = await chooseLogger(flags, 'balancer')
  await runService(async () => {
    const balancer = await startBalancer({
      ...flags,
      mdns: mdnsOf(flags),
      ...accessOfFlags(flags, logger),
      tls: tlsOf(flags, 'who listens'),
      objects: flags['allow-object'],
      hosts: flags['allow-host'],
      origins: flags['allow-origin'],
      keepAliveMs: flags['keep-alive'],
      listenUnix: flags['listen-unix'],
      logWire: wireLog(flags, logger),
      logger,
    })
    return { failed: new Promise<Error>(() => undefined), stop: () => balancer.stop() }
  })
}
