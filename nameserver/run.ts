/** `rollcall nameserver`: the name server in this process. */
import { chooseLogger, wireLog } from '../lib/system/choose-logger.js'
import { mdnsOf } from '../lib/system/mdns-flags.js'
import { runService } from '../lib/system/service.js'
import { tlsOf } from '../lib/system/tls-flags.js'
import type { NameServerFlags } from './flags.js'
import { startNameServer } from './server.js'

/** Resolves when it has ended tidily. */
export async function runNameServer(flags: NameServerFlags): Promise<void> {
  const { host, port, data, 'log-level': level, 'log-format': format } = flags
  await runService(async () => {
    const logger = await chooseLogger(format, { level, name: 'nameserver', stream: process.stderr })
    const server = await startNameServer({
      host,
      port,
      allowHosts: flags['allow-host'],
      allowOrigins: flags['allow-origin'],
      mdns: mdnsOf(flags),
      tls: tlsOf(flags, 'who listens'),
      data,
      logWire: wireLog(flags, logger),
      logger,
    })
    return { failed: server.failed, stop: () => server.close() }
  })
}
