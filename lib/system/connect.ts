/** {@link connect}: a client on this very machine's network, clock and chance. */
import { connectWith, type ConnectOptions, type Rollcall } from '../client/connect.js'
import type { Ports } from '../client/probes.js'
import { silent } from '../client/silent.js'
import { Connections } from '../serving/context.js'
import { exposedOf } from '../serving/exposed-object.js'
import { systemClock } from './clock.js'
import { localNetwork } from './local-network.js'
import { systemRandom } from './random.js'
import { createTransport } from './transport.js'

/**
 * Prepares a client; connections are opened when they are needed, and again when they were lost, so it does not matter
 * whether the cluster is up yet. @throws InvalidParamsError for an address or a URI that is none
 */
export function connect(options: ConnectOptions = {}): Promise<Rollcall> {
  return connectWith(clientPorts(), options)
}

/** The ports of this very machine, without a log. */
export function clientPorts(): Ports {
  const handingOver = { clock: systemClock, connections: new Connections(() => undefined), failed: undefined }
  return {
    transport: createTransport(),
    clock: systemClock,
    random: systemRandom,
    logger: silent,
    localNetwork,
    exposedOf: (value) => exposedOf(value, handingOver),
  }
}
