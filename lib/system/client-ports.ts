/** What this very machine has for a client. */
import type { ConnectOptions } from '../client/rollcall.js'
import type { Ports } from '../client/probes.js'
import { silent } from '../client/silent.js'
import { goAlong, surroundingCall } from '../serving/context.js'
import { Connections } from '../serving/connections.js'
import { exposedOf } from '../serving/exposed-object.js'
import { systemAlong } from './along.js'
import { systemClock } from './clock.js'
import { localNetwork } from './local-network.js'
import { securityOf } from './open-security.js'
import { systemRandom } from './random.js'
import type { Security } from './security.js'
import { createTransport } from './transport.js'

/**
 * As {@link clientPorts}, with TLS where it is asked for. @throws InvalidParamsError for files that can't be read, or do
 * not belong together
 */
export async function securedPorts(options: ClientOptions & Pick<ConnectOptions, 'tls'>): Promise<Ports> {
  const security = await securityOf(options.tls, false, { clock: systemClock, logger: silent })
  return clientPorts({ ...options, security })
}

interface ClientOptions extends Pick<ConnectOptions, 'onCallError' | 'logWire' | 'dial'> {
  readonly security?: Security | undefined
}

/** The ports of this very machine, without a log. */
export function clientPorts(options: ClientOptions = {}): Ports {
  const { onCallError: failed, logWire: log, dial, security } = options
  goAlong(systemAlong)
  const connections = new Connections((error) => failed?.(error, undefined))
  const handingOver = { clock: systemClock, connections, failed }
  return {
    transport: createTransport({ log, dial, security, isReadInPlace: true }),
    clock: systemClock,
    random: systemRandom,
    logger: silent,
    localNetwork,
    surrounding: surroundingCall,
    exposedOf: (value) => exposedOf(value, handingOver),
  }
}
