/** The load balancer in this process: takes calls from anybody and passes them to whoever leads. */
import { Callers } from '../lib/access/callers.js'
import { RolesGate } from '../lib/access/gate.js'
import { accessOf, ownTokenOf, tokensOf, type AccessOptions } from '../lib/access/sources.js'
import { discoveryOf } from '../lib/discovery/discovery.js'
import type { MdnsOptions } from '../lib/discovery/trust.js'
import { BALANCER_PORT, DEFAULT_CLUSTER } from '../lib/defaults.js'
import type { Address, Logger } from '../lib/ports.js'
import { Daemon } from '../lib/rpc/channels/daemon.js'
import type { WireLog } from '../lib/rpc/channels/wire-log.js'
import type { KeepAlive } from '../lib/rpc/keep-alive.js'
import type { TlsOptions } from '../lib/rpc/tls-options.js'
import { parseUri } from '../lib/rpc/uri.js'
import { systemClock } from '../lib/system/clock.js'
import { listen, listenBeside } from '../lib/rpc/channels/listen.js'
import { SHIPPED_NAMES } from '../lib/shipped/index.js'
import { saying } from '../lib/system/exposure.js'
import { localNetwork } from '../lib/system/local-network.js'
import { exposureOf, securityOf } from '../lib/system/open-security.js'
import { systemRandom } from '../lib/system/random.js'
import { systemSecrets } from '../lib/system/secrets.js'
import { createTransport } from '../lib/system/transport.js'
import { Directory } from '../lib/client/directory.js'
import { placesToAsk } from '../lib/client/places-to-ask.js'
import { Probes } from '../lib/client/probes.js'
import { Admission } from './admission.js'
import { Counts } from './counts.js'
import { doorman, OpenGate } from './doorman.js'
import { Forwarder } from './forwarder.js'
import { Gateway } from './gateway.js'
import { KnownKinds } from './known-kinds.js'
import { LeaderConnections } from './leader-connections.js'
import { LeaderWatch } from './leader-watch.js'
import { balancerPage } from './pages.js'
import { AllowedObjects } from './allowed-objects.js'

export interface BalancerOptions extends AccessOptions, KeepAlive {
  /** Default: the loopback addresses 127.0.0.1 and ::1. */
  readonly host?: string | undefined
  /** Default 9080; 0 lets the system choose. */
  readonly port?: number | undefined
  /** A Unix socket to listen on beside the port, beginning with `/`: for processes of this machine. Default none. */
  readonly listenUnix?: string | undefined
  /** The name servers, `host:port`. Default `localhost:9090`; none when members are given. */
  readonly nameserver?: readonly string[] | undefined
  /**
   * URIs of members to begin with; the cluster's own configuration is followed from there. Default: the four; none
   * when a name server is given.
   */
  readonly members?: readonly string[] | undefined
  /** Whether both are looked for on the local network, too. Default false. */
  readonly mdns?: boolean | MdnsOptions | undefined
  /** Default `rollcall`. */
  readonly cluster?: string | undefined
  /** The objects that may be called. Default: the shipped ones. */
  readonly objects?: readonly string[] | undefined
  /**
   * What programs of HTTP may call it beside its own names: `balancer.example`, `balancer.example:8443`. Default none.
   */
  readonly hosts?: readonly string[] | undefined
  /** Origins whose pages may call: `https://app.example`. Default none but the balancer's own. */
  readonly origins?: readonly string[] | undefined
  /** TLS at its door, and with all that it calls. Default: none. */
  readonly tls?: TlsOptions | undefined
  /**
   * Lets it listen where other machines reach it without TLS, or without asking who calls: for networks that keep
   * strangers away. Each line of its log says so. Default false: that is refused.
   */
  readonly insecure?: boolean | undefined
  /** Told each message that comes or goes. Default: nobody is told. */
  readonly logWire?: WireLog | undefined
  readonly logger: Logger
}

export interface Balancer {
  readonly address: Address
  /** Takes no more calls, waits up to two seconds for those under way, and closes all connections. */
  stop(): Promise<void>
}

/** Calls of one client that are under way at a time; beyond, it is read no further. */
const CLIENT_CALLS_MAX = 256
/** How long calls under way are waited for at the end, in milliseconds. */
const DRAIN_MS = 2_000

/** Resolves when it listens; it need not know a leader yet. Rejects when the port can't be had. */
export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const { cluster = DEFAULT_CLUSTER, logWire } = options
  const exposure = exposureOf(options, (options.token ?? options.access) !== undefined)
  const logger = saying(exposure, options.logger)
  const security = await securityOf(options.tls, true, { clock: systemClock, logger })
  const ports = {
    transport: createTransport({ log: logWire, security, exposure, keepAliveMs: options.keepAliveMs }),
    clock: systemClock,
    random: systemRandom,
    logger,
  }
  const discovery = await discoveryOf({ ...ports, localNetwork }, options.mdns)
  const callers = new Callers({
    secrets: systemSecrets,
    tokens: tokensOf(options),
    access: accessOf(options),
  })
  const ownToken = ownTokenOf(options)
  const probes = new Probes({ ...ports, ownToken })
  const directory = new Directory({ ...ports, cluster, probes, ...placesToAsk(options, discovery) })
  const leaderConnections = new LeaderConnections({ ...ports, ownToken, hello: directory.ownGreeting })
  const counts = new Counts()
  const admission = new Admission()
  const watch = new LeaderWatch({
    ...ports,
    cluster,
    probes,
    directory,
    onChange: (leader) => {
      counts.leaderChanged()
      leaderConnections.lead(leader.address)
    },
  })
  const forwarder = new Forwarder({ ...ports, cluster, watch, leaderConnections, admission, counts })
  const admit = doorman(callers, (object, context) => kinds.of(object, context))
  const allowedObjects = new AllowedObjects({
    objects: options.objects ?? SHIPPED_NAMES,
    isMember: (id) => watch.members.some((member) => parseUri(member).objectId === id),
    forward: (method, params, context) => forwarder.forward(method, params, context),
    admit,
  })
  const kinds = new KnownKinds(watch, allowedObjects.call)
  const gateway = new Gateway({ call: allowedObjects.call, kinds: kinds.of, admit })
  const daemon = new Daemon({
    ...ports,
    limits: { inflightCallsMax: CLIENT_CALLS_MAX },
    gate: callers.isOpen ? new OpenGate(callers) : new RolesGate({ ...ports, callers }),
    elsewhere: allowedObjects.elsewhere,
    pages: async (path) => balancerPage(path, { cluster, watch, admission, counts, security }),
    web: { hosts: options.hosts, origins: options.origins ?? [], request: gateway.answer },
  })
  const stop = async (): Promise<void> => {
    await Promise.race([admission.close(), new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())])
    await daemon.close()
    watch.stop()
    leaderConnections.close()
    probes.close()
    await discovery?.close()
  }
  try {
    const address = await listen(daemon, options.host, options.port ?? BALANCER_PORT, logger)
    await listenBeside(daemon, options.listenUnix, logger)
    logger.info(`balancer ready on ${options.host ?? 'localhost'}:${address.port}`)
    return { address, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
