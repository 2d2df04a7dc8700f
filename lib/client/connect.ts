/** The way into a cluster: names become objects whose calls follow the leader. */
import { DEFAULT_CLUSTER } from '../defaults.js'
import { discoveryOf, type Discovery } from '../discovery/discovery.js'
import { MDNS } from '../discovery/trust.js'
import { Caller } from '../rpc/calling/caller.js'
import type { Referred } from '../rpc/handing/references.js'
import { META_RULES } from '../rpc/messages/request.js'
import { checkOptions, FUNCTION, NAME, TEXT_OR_TEXTS, TEXTS, TIMEOUT, type Rules } from '../rpc/options.js'
import type { CallOptions } from '../rpc/proxies/call-options.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { TLS } from '../rpc/tls-options.js'
import { Client } from './client.js'
import { Directory } from './directory.js'
import { placesToAsk } from './places-to-ask.js'
import { Probes, type Ports } from './probes.js'
import { ReadPlaces } from './read-places.js'
import type { ConnectOptions, Rollcall } from './rollcall.js'
import { operatorTokenOf } from './operator-token.js'
import { defaultsOf, Said } from './said.js'
import { WatchPlaces } from './watch-places.js'
import { Watchers } from './watchers.js'

const CONNECT_RULES: Rules<ConnectOptions> = {
  nameserver: TEXT_OR_TEXTS,
  members: TEXTS,
  cluster: NAME,
  mdns: MDNS,
  token: META_RULES.token,
  operatorToken: {
    holds: (value) => FUNCTION.holds(value) || META_RULES.token.holds(value),
    wanted: 'a text, or a function that gives the one of a member',
    isSecret: true,
  },
  dial: FUNCTION,
  tls: TLS,
  timeoutMs: TIMEOUT,
  onWaiting: FUNCTION,
  onCallError: FUNCTION,
  logWire: FUNCTION,
}

/**
 * Another leader is looked for when one has been silent for twice as long: there may be one after a third of a second.
 */
const LEADER_HEARTBEAT_MS = 1_000

/** @throws InvalidParamsError for an option that is none, or not what it must be */
export function checkConnectOptions(options: ConnectOptions): void {
  checkOptions('connect', options, CONNECT_RULES, `: write connect({ nameserver: 'localhost:9090' })`)
  if (options.dial !== undefined && options.tls !== undefined && options.tls !== false)
    throw new InvalidParamsError(
      'connect: dial opens streams of your own: speak TLS there, and leave out tls',
    )
}

/**
 * Prepares a client; connections are opened when they are needed, and again when they were lost, so it does not matter
 * whether the cluster is up yet. The options are as {@link checkConnectOptions} has them. @throws InvalidParamsError for
 * an address or a URI that is none
 */
export async function connectWith(ports: Ports, options: ConnectOptions = {}): Promise<Rollcall> {
  const cluster = options.cluster ?? DEFAULT_CLUSTER
  const discovery = await discoveryOf(ports, options.mdns)
  try {
    return clientOf(ports, options, cluster, discovery)
  } catch (error) {
    await discovery?.close()
    throw error
  }
}

/** As {@link connectWith}, at once, where nothing is to be found on the local network. */
export function connectNow(ports: Ports, options: Omit<ConnectOptions, 'mdns'>): Client {
  return clientOf(ports, options, options.cluster ?? DEFAULT_CLUSTER, undefined)
}

function clientOf(
  ports: Ports,
  options: ConnectOptions,
  cluster: string,
  discovery: Discovery | undefined,
): Client {
  const probes = new Probes({ ...ports, ownToken: options.token })
  const directory = new Directory({ ...ports, cluster, probes, ...placesToAsk(options, discovery) })
  const { resolve, known, forget, greeting, isReplaced } = directory
  const defaults = defaultsOf(options)
  const said = new Said(defaults, ports.surrounding)
  const referred: Referred = (of, isGiven) => client.referred(of, isGiven)
  const saidWith = (own: CallOptions): CallOptions => said.ofHandedOver(own)
  const unanswered = (): readonly string[] => probes.unanswered
  const shared = { ...ports, referred, saidWith, forget, greeting, unanswered, ownToken: options.token }
  const places = new WatchPlaces(directory, ports.random)
  const readPlaces = new ReadPlaces({ ...ports, directory, probes })
  const client = new Client({
    cluster,
    discovery,
    directory,
    probes,
    clock: ports.clock,
    random: ports.random,
    caller: new Caller({ ...shared, resolve, known, isReplaced }),
    reader: new Caller({
      ...shared,
      resolve: readPlaces.resolve,
      known: readPlaces.known,
      forget: readPlaces.forget,
    }),
    operator: new Caller({ ...shared, resolve, heartbeatMs: LEADER_HEARTBEAT_MS }),
    watchers: new Watchers(() => new Caller({ ...shared, resolve: places.resolve, forget: places.forget })),
    tracing: ports.tracing,
    defaults,
    said,
    operatorToken: operatorTokenOf(options),
  })
  return client
}
