/** {@link serve} and {@link startDaemon} on this very machine's network, clock and chance. */
import type { Logger } from '../ports.js'
import { checkOptions } from '../rpc/options.js'
import { DAEMON_RULES, type Daemon, type DaemonOptions } from '../serving/daemon.js'
import { openDaemon, type ServingSystem } from '../serving/open-daemon.js'
import { serveOn, type ServedObjects, type ServeOptions, type Service } from '../serving/serve.js'
import { connectNow } from '../client/connect.js'
import { defaultsOf, Said } from '../client/said.js'
import { surroundingCall } from '../serving/context.js'
import { clientPorts } from './client-ports.js'
import { systemAlong } from './along.js'
import { systemClock } from './clock.js'
import { localNetwork } from './local-network.js'
import { exposureOf, securityOf } from './open-security.js'
import { openTelemetry } from './open-telemetry.js'
import { createLogger } from './logger.js'
import { systemRandom } from './random.js'
import { createTransport } from './transport.js'

/**
 * Serves these objects under these names: `await serve({ greeter: new Greeter() })`. Resolves when clients find them.
 * Where a name belongs to a process that may have died, it waits for a few seconds until that one's lease has ended.
 * @throws InvalidParamsError for an object that exposes nothing, and for an option that is none; NameTakenError when
 * another process has a name; UnreachableError when no name server answers in time. Nothing is served then.
 */
export async function serve<Objects extends ServedObjects>(
  objects: Objects,
  options: ServeOptions = {},
): Promise<Service<Extract<keyof Objects, string>>> {
  return serveOn(await system(options), objects, options, options.logger ?? warnings())
}

/**
 * Listens, and serves the objects that are registered at it, each at its URI; no name server knows of them. Rejects
 * when an option is none or not what it must be, and when the port is taken.
 */
export async function startDaemon(options: DaemonOptions = {}): Promise<Daemon> {
  checkOptions('startDaemon', options, DAEMON_RULES)
  return openDaemon(await system(options), options, options.logger ?? warnings())
}

async function system({
  nameserver,
  token,
  logWire,
  tls,
  insecure,
  authenticate,
  keepAliveMs,
  logger = warnings(),
}: ServeOptions): Promise<ServingSystem> {
  const exposure = exposureOf({ tls, insecure }, authenticate !== undefined)
  const security = await securityOf(tls, true, { clock: systemClock, logger })
  const tracing = await openTelemetry()
  const said = new Said(defaultsOf({}), surroundingCall)
  return {
    tracing,
    transport: createTransport({ log: logWire, security, exposure, keepAliveMs }),
    clock: systemClock,
    random: systemRandom,
    along: systemAlong,
    saidWith: (own) => said.ofCallBack(own),
    follower: () => connectNow({ ...clientPorts({ logWire, security }), tracing }, { nameserver, token }),
    localNetwork,
  }
}

let known: Logger | undefined

/** On stderr, readable. One for all, as each listens for errors of stderr. */
function warnings(): Logger {
  return (known ??= createLogger({ level: 'warn', name: 'serve', stream: process.stderr }))
}
