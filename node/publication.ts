/**
 * Tells the name server where this node is; and while it leads, from its first commit in its term on, that it leads
 * and where the replicated objects are. The leader's names carry its cluster id and term as a fence, so that a leader
 * that was deposed without knowing can't take them back.
 */
import type { Discovery } from '../lib/discovery/discovery.js'
import type { MemberStatus } from '../lib/member.js'
import { nameInCluster, type Fence } from '../lib/names.js'
import type { Clock, Logger, Random, Transport } from '../lib/ports.js'
import { formatUri, parseUri } from '../lib/rpc/uri.js'
import { NameServers, type NameServersOptions } from '../lib/publishing/name-servers.js'
import { Registration, type RegistrationPorts } from '../lib/publishing/registration.js'

/** What publication wants to know of a replica. */
export interface Leadership {
  /** Leads, and has committed in its own term. */
  readonly isServing: boolean
  status(): Pick<MemberStatus, 'term' | 'clusterId' | 'commitIndex'>
  /** Calls back after the role or the term changed and when `isServing` becomes true. The result takes it back. */
  onChange(listener: () => void): () => void
}

export interface PublicationOptions {
  /** The node's own name. */
  readonly id: string
  /** Of the member object; the replicated objects are at the same address. */
  readonly uri: string
  readonly cluster: string
  /** Names of the replicated objects. */
  readonly objects: readonly string[]
  /** `host:port`, tried in turn. */
  readonly nameservers: readonly string[]
  /** Finds more of them. Default: there are those that were given. */
  readonly discovery?: Discovery | undefined
  /** As in NameServersOptions. */
  readonly ownToken?: NameServersOptions['ownToken']
  readonly replica: Leadership
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export class Publication {
  readonly #options: PublicationOptions
  readonly #nameServers: NameServers
  readonly #ports: RegistrationPorts
  readonly #unsubscribe: () => void
  readonly #own: Registration
  #leading: readonly Registration[] = []
  /** The fence of `#leading`. */
  #fence: Fence | undefined

  /** Begins at once, and goes on until `stop`. @throws InvalidParamsError when an address or a URI is none. */
  constructor(options: PublicationOptions) {
    const { nameservers, discovery, ownToken, replica, transport, clock, random, logger } = options
    this.#options = options
    this.#nameServers = new NameServers({
      addresses: nameservers,
      discovery,
      ownToken,
      transport,
      clock,
      random,
      logger,
    })
    this.#ports = { register: this.#nameServers.api.register, clock, random, logger }
    this.#own = this.#claimOwn()
    this.#unsubscribe = replica.onChange(() => this.#review())
    this.#review()
  }

  /** What the name servers have for a name. */
  readonly lookup = (name: string): Promise<string> => this.#nameServers.api.lookup(name)

  /** Publishes nothing more. The records stay until their leases end or another leader takes the names. */
  stop(): void {
    this.#unsubscribe()
    this.#own.stop()
    this.#withdraw()
    this.#nameServers.close()
  }

  #review(): void {
    const fence = fenceOf(this.#options.replica)
    if (fence?.clusterId === this.#fence?.clusterId && fence?.term === this.#fence?.term) return
    this.#withdraw()
    if (fence !== undefined) this.#claim(fence)
  }

  #claimOwn(): Registration {
    const { id, uri, cluster, replica } = this.#options
    const fence = (): Fence | undefined => ownFence(replica)
    return new Registration({ name: nameInCluster(cluster, id), uri, options: {}, fence }, this.#ports)
  }

  #withdraw(): void {
    for (const registration of this.#leading) registration.stop()
    this.#leading = []
    this.#fence = undefined
  }

  #claim(fence: Fence): void {
    this.#fence = fence
    this.#leading = leaderNames(this.#options).map(
      ([name, uri]) => new Registration({ name, uri, options: { fence } }, this.#ports),
    )
  }
}

function fenceOf(replica: Leadership): Fence | undefined {
  if (!replica.isServing) return undefined
  const { term, clusterId } = replica.status()
  return clusterId === null ? undefined : { clusterId, term }
}

/**
 * A member's own name is claimed as of the last entry that it knows to be committed: that grows from one life of the
 * member to the next, also while the term stays the same.
 */
function ownFence(replica: Leadership): Fence | undefined {
  const { clusterId, commitIndex } = replica.status()
  return clusterId === null ? undefined : { clusterId, term: commitIndex }
}

function leaderNames({ uri, cluster, objects }: PublicationOptions): (readonly [string, string])[] {
  const { address } = parseUri(uri)
  const places = objects.map(
    (object) => [nameInCluster(cluster, object), formatUri(object, address)] as const,
  )
  return [[`${cluster}.leader`, uri], ...places]
}
