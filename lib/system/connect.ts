/** {@link connect}: a client on this very machine's network, clock and chance. */
import { checkConnectOptions, connectWith } from '../client/connect.js'
import type { ConnectOptions, Rollcall } from '../client/rollcall.js'
import { securedPorts } from './client-ports.js'
import { openTelemetry } from './open-telemetry.js'

/**
 * Prepares a client; connections are opened when they are needed, and again when they were lost, so it does not matter
 * whether the cluster is up yet. @throws InvalidParamsError for an address or a URI that is none, and for an option that
 * is none or not what it must be
 */
export async function connect(options: ConnectOptions = {}): Promise<Rollcall> {
  checkConnectOptions(options)
  return connectWith({ ...(await securedPorts(options)), tracing: await openTelemetry() }, options)
}
