/** The process that hosts a node or a name server: its ports, and its log. */
import type { AccessOptions } from '../access/sources.js'
import type { HostPorts } from '../hosting/ports.js'
import type { ListeningOptions, ProcessOptions } from '../hosting/started-options.js'
import type { Logger } from '../ports.js'
import { systemClock } from './clock.js'
import { demandProtected, saying } from './exposure.js'
import { hostPorts } from './host-ports.js'
import { createLogger } from './logger.js'
import { exposureOf, securityOf } from './open-security.js'

export interface StartedProcess {
  readonly ports: HostPorts
  readonly logger: Logger
}

/**
 * `port`: where it listens if it is given none. @throws CommandError INSECURE where other machines would reach it
 * unprotected, InvalidParamsError for TLS files that can't be read or do not belong together
 */
export async function startedProcess(
  options: ProcessOptions & ListeningOptions & AccessOptions,
  { id, data, port: defaultPort }: { readonly id: string; readonly data: string; readonly port: number },
): Promise<StartedProcess> {
  const { token, access, host, port = defaultPort, tls, logWire: log, keepAliveMs } = options
  const exposure = exposureOf(options, (token ?? access) !== undefined)
  const logger = saying(exposure, options.logger ?? createLogger({ name: id, stream: process.stderr }))
  if (host !== undefined) demandProtected({ kind: 'tcp', host, port }, exposure)
  const security = await securityOf(tls, true, { clock: systemClock, logger })
  return { ports: hostPorts(data, { log, security, exposure, keepAliveMs }), logger }
}
