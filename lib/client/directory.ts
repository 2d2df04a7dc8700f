/** Where things are: names to URIs, by the name server or, while none answers or knows, by the members themselves. */
import { NAMESERVER_OBJECT } from '../defaults.js'
import { isList, type Json } from '../json.js'
import { nameInCluster } from '../names.js'
import type { Discovery } from '../discovery/discovery.js'
import type { Address, Clock, Random } from '../ports.js'
import {
  NameNotFoundError,
  NoQuorumError,
  RollcallError,
  UnauthorizedError,
  UnreachableError,
  type InvalidParamsError,
} from '../rpc/errors.js'
import { notSent } from '../rpc/calling/not-sent.js'
import type { Greeting } from '../rpc/calling/route.js'
import { NameServerGroup } from '../publishing/name-server-group.js'
import { isSamePlace } from '../rpc/loopback.js'
import { formatAddress, formatUri, parseUri, uri, type Uri } from '../rpc/uri.js'
import { Agreement, type Recorded } from './agreement.js'
import { Asked } from './asked.js'
import { Greetings } from './greetings.js'
import { identityOf, type Identity } from './identity.js'
import { LEADERS, noSuchCluster } from './known-clusters.js'
import { Members } from './members.js'
import { KnownPlaces, type Place } from './known-places.js'
import { Misspelling } from './misspelling.js'
import { NameLookup, type Found } from './name-lookup.js'
import { ASK_MS, type Probes } from './probes.js'
import { isUri, tagsIn } from './reference.js'
import { Spread } from './spread.js'
import { Through } from './through.js'
import { followersOf, leaderOf, otherCluster, refused, type Leader, type MemberView } from './views.js'

export interface DirectoryOptions {
  readonly cluster: string
  /** Asked for names. None: the members alone know. */
  readonly nameservers: readonly Address[]
  /** Members to ask before any is known otherwise. */
  readonly seeds: readonly Uri[]
  /** Whether somebody has named those members. */
  readonly areGiven: boolean
  /** Finds more name servers and members on the local network. Default: nobody looks for any. */
  readonly discovery?: Discovery | undefined
  readonly probes: Pick<Probes, 'call' | 'status' | 'refusalAt'>
  readonly clock: Clock
  readonly random: Random
}

export class Directory {
  readonly #options: DirectoryOptions
  readonly #greetings: Greetings
  readonly #agreement: Agreement
  readonly #group: NameServerGroup
  readonly #names: NameLookup
  readonly #members: Members
  readonly #misspelling: Misspelling
  readonly #asked: Asked
  readonly #places = new KnownPlaces()
  /** Whether a leader could ever be reached through others alone. */
  #hasWaysAround = false
  /** Names that are not the cluster's own, as far as anybody could be asked. */
  readonly #registered = new Map<string, Greeting>()

  constructor(options: DirectoryOptions) {
    this.#options = options
    this.#greetings = new Greetings(options.cluster, {
      confirm: (clusterId, place) => this.#agreement.confirm(clusterId, place),
      met: (members) => this.#members.learn(members),
    })
    const { nameservers: given, discovery, clock } = options
    const group = new NameServerGroup({ given, discovery, clock })
    this.#group = group
    this.#names = new NameLookup({ ...options, group })
    this.#asked = new Asked({ ...options, names: this.#names })
    this.#misspelling = new Misspelling(this.#names, options.cluster)
    this.#agreement = new Agreement({
      ...options,
      // Without a name server all places are those that the members themselves have named.
      areGiven: options.areGiven && options.nameservers.length > 0,
      recorded: () => this.#recordedLeader(),
      identity: (member) => this.#identityAt(parseUri(member).address),
      known: () => this.#greetings.clusterId,
      learn: (clusterId) => this.#greetings.learn(clusterId),
    })
    this.#members = new Members({
      ...options,
      names: this.#names,
      greetings: this.#greetings,
      agreement: this.#agreement,
    })
  }

  /** As in {@link Members}. */
  readonly views: Members['views'] = (timeoutMs) => this.#members.views(timeoutMs)

  /** As in {@link Members}. */
  readonly leader: Members['leader'] = () => this.#members.leader()

  /** As in {@link Members}. */
  readonly whoeverLeads: Members['whoeverLeads'] = () => this.#members.whoeverLeads()

  /**
   * Whether what was found at that place, as the leader of all members has it, is elsewhere by now, as in
   * {@link Members}. What a member alone has stays with it. Of a name server: as in {@link NameLookup}.
   */
  readonly isReplaced = async (place: Address): Promise<boolean> => {
    if (this.#names.all.some((each) => isSamePlace(each, place))) return this.#names.isReplaced(place)
    const here = formatAddress(place)
    const isThere = (each: Uri): boolean =>
      formatAddress(parseUri(each).address) === here && !this.#members.isMember(each)
    return this.#places.isAny(isThere) && this.#members.isReplaced(place)
  }

  /** Who must be where the calls of that name go, or those to whoever leads. */
  readonly greeting = (name?: string): Greeting | undefined => {
    if (name === NAMESERVER_OBJECT) return this.#group.greet
    if (name === undefined) return this.ownGreeting
    if (this.#hasWaysAround && this.#places.isThrough(name)) return this.#greetings.through
    return this.#registered.get(name) ?? this.ownGreeting
  }

  /** For members of the cluster, and processes of none. */
  get ownGreeting(): Greeting {
    return this.#greetings.own
  }

  /**
   * The URI for a reference: a URI itself, the name server, a registered name, tags (`meta:red,fast`), or an object or
   * member of the cluster. Of several that share the name, or have the tags, each time another one.
   * @throws NameNotFoundError when the cluster's leader has answered and has no such object, or nobody of the cluster
   *   answers and the name server knows a name that is nearly the same; with a cause when no name server has answered,
   *   which may know the name
   * @throws NoQuorumError while the members have no leader
   * @throws UnreachableError when nobody who could know answers
   * @throws InvalidParamsError when the name server and the members speak of different clusters, when the name server
   *   knows other clusters alone, and for the name server where none was given: another cluster's may be on this
   *   machine
   */
  readonly resolve = async (name: string): Promise<Uri> => {
    if (name === NAMESERVER_OBJECT) return formatUri(NAMESERVER_OBJECT, await this.#names.toLeader())
    if (isUri(name)) return uri(name)
    const place = await (this.#places.found(name) ?? this.#places.keep(name, this.#find(name)))
    return typeof place === 'string' ? place : place.next()
  }

  /** Of several name servers any one. @throws InvalidParamsError where none was given */
  anyNameServer(): Uri {
    return formatUri(NAMESERVER_OBJECT, this.#names.toCall())
  }

  /** What {@link resolve} would resolve to, if it was found before and has not failed since. */
  readonly known = (name: string): Uri | undefined => this.#places.next(name)

  /** All places of a reference, as they are now. Rejects like {@link resolve}. */
  async places(name: string): Promise<readonly Uri[]> {
    if (name === NAMESERVER_OBJECT || isUri(name)) return [await this.resolve(name)]
    const place = await this.#places.keep(name, this.#find(name))
    return typeof place === 'string' ? [place] : place.places
  }

  async #find(name: string): Promise<Place> {
    const tags = tagsIn(name)
    if (tags !== undefined) return this.#tagged(name, tags)
    this.#registered.delete(name)
    let unasked: unknown
    const found = await this.#names.find(this.#recordName(name), ASK_MS, (why) => (unasked = why))
    await Promise.all((found?.places ?? []).map((place) => this.#agreement.demandAt(place)))
    if (found?.isShared === true) return this.#spread(found, () => this.#names.find(this.#recordName(name)))
    const registered = found?.places[0]
    if (registered !== undefined && !this.#places.isDistrusted(name, registered)) return registered
    this.#places.forgive(name)
    return this.#fromMembers(name)
      .catch((error: unknown) => this.#lastResort(name, registered, causedBy(unasked, error)))
      .catch((error: unknown) => this.#misspelling.rethrow(name, error))
  }

  async #tagged(name: string, tags: readonly string[]): Promise<Spread> {
    const ask = async (): Promise<Found | undefined> => {
      const records = await this.#names.list({ all: tags })
      const [first, ...others] = records.flatMap(({ places }) => places)
      return first && { places: [first, ...others], isShared: true }
    }
    const found = await ask()
    if (found !== undefined) return this.#spread(found, ask)
    throw new NameNotFoundError(`nothing is registered with all the tags of "${name}"`)
  }

  #spread({ places }: Found, ask: () => Promise<Found | undefined>): Spread {
    const { clock, random } = this.#options
    const again = (): Promise<readonly Uri[] | undefined> =>
      ask().then(
        (found) => found?.places,
        () => undefined,
      )
    return new Spread(places, { clock, random, ask: again })
  }

  /**
   * Why there is no use in waiting for the cluster, of which `views` is what there is: nobody answers who belongs to
   * it, and the name server, which does, knows other clusters alone. Undefined: it may be about to come.
   */
  readonly missing = async (views: readonly MemberView[]): Promise<InvalidParamsError | undefined> => {
    const { cluster, areGiven } = this.#options
    const { first, isAnswered } = this.#names
    const isAwaited = areGiven && views.some((view) => !view.reachable && view.cluster === undefined)
    if (first === undefined || !isAnswered || isAwaited || this.#greetings.clusterId !== undefined)
      return undefined
    if (views.some((view) => view.reachable)) return undefined
    const leaders = await this.#names.list({ regex: LEADERS }).catch(() => [])
    return noSuchCluster(
      cluster,
      leaders.map(({ name }) => name),
      formatAddress(first),
    )
  }

  /** A call to `failed`, which `name` stood for, found nobody there. */
  readonly forget = (name: string, failed: Uri): void => {
    if (name === NAMESERVER_OBJECT) this.#names.turnFrom(parseUri(failed).address)
    else void this.#places.forget(name, failed)
  }

  async #identityAt(place: Address): Promise<Identity | undefined> {
    const { probes } = this.#options
    return identityOf((method, params) => probes.call(place, method, params, ASK_MS)).catch(() => undefined)
  }

  async #recordedLeader(): Promise<Recorded | undefined> {
    const leader = await this.#names.lookup(`${this.#options.cluster}.leader`)
    const nameserver = this.#names.first
    return leader && nameserver && { leader, nameserver }
  }

  /** The members can't help: what anybody has registered under the name, or the error. */
  async #lastResort(name: string, registered: Uri | undefined, error: unknown): Promise<Place> {
    const isNoneOfOurs = error instanceof NameNotFoundError
    // The cluster is there, and the place that its last leader had is of no use.
    if (error instanceof NoQuorumError && registered !== undefined) throw error
    // A cluster that was there will be there again; until then nobody can say whose the name is.
    if (!isNoneOfOurs && this.#greetings.clusterId !== undefined) throw error
    if (registered !== undefined && this.#asked.isMisleading(registered)) {
      this.#places.distrust(name, registered)
      throw error
    }
    // Only the cluster's own word that it has no such object keeps its names apart from another cluster's.
    const isElsewhere = isNoneOfOurs && this.#recordName(name) !== name
    const found = isElsewhere && registered === undefined ? await this.#names.find(name) : undefined
    const place = registered ?? found?.places[0]
    if (place === undefined) throw error
    this.#registered.set(name, this.#greetings.registered(name, place))
    return found?.isShared === true ? this.#spread(found, () => this.#names.find(name)) : place
  }

  #recordName(name: string): string {
    return nameInCluster(this.#options.cluster, name)
  }

  async #fromMembers(name: string): Promise<Place> {
    const views = await this.#members.views(ASK_MS)
    const member = views.find((view) => view.id === name)
    if (member !== undefined) return uri(member.uri)
    const leader = await this.#leaderAfter(views)
    if (leader === null)
      throw (
        otherCluster(views) ??
        refused(views) ??
        (await this.missing(views)) ??
        this.#asked.nobodyCanSay(name, views)
      )
    if (name === `${this.#options.cluster}.leader`) return uri(leader.uri)
    const around = await this.#waysAround(leader, views)
    const { address } = parseUri(around[0]?.uri ?? leader.uri)
    const objects = await this.#objectsAt(address)
    if (isList(objects) && objects.includes(name))
      return around.length === 0
        ? formatUri(name, address)
        : this.#through(name, address, parseUri(leader.uri).address)
    throw new NameNotFoundError(
      `no name server and no member of the cluster "${this.#options.cluster}" knows "${name}"; ` +
        `the members' objects are ${JSON.stringify(objects)}`,
    )
  }

  #through(name: string, address: Address, leader: Address): Through {
    this.#hasWaysAround = true
    const through: Through = new Through(formatUri(name, address), formatUri(name, leader), {
      clock: this.#options.clock,
      isOver: async () => {
        const views = await this.#members.views(ASK_MS).catch(() => [])
        const leader = leaderOf(views)
        return leader !== null && followersOf(leader, views).length === 0
      },
      over: () => this.#places.straighten(name, through),
    })
    return through
  }

  /** Members that reach a leader which this client does not. None: it does. */
  async #waysAround(leader: Leader, views: readonly MemberView[]): Promise<readonly MemberView[]> {
    if (followersOf(leader, views).length === 0) return []
    // Of one that is gone they hear meanwhile.
    return followersOf(leader, await this.#members.views(ASK_MS))
  }

  /** One that is gone is followed for a while: whoever comes after it is waited for. */
  async #leaderAfter(views: readonly MemberView[]): Promise<Leader | null> {
    const leader = leaderOf(views)
    const isThere = leader !== null && followersOf(leader, views).length === 0
    return isThere ? leader : ((await this.#members.nextLeader(views)) ?? leader)
  }

  async #objectsAt(address: Address): Promise<Json> {
    try {
      return await this.#options.probes.call(address, 'daemon.objects', [], ASK_MS)
    } catch (error) {
      throw error instanceof RollcallError ? notSent(error) : error
    }
  }
}

/** The members do not know the name, and who else may know it could not be asked: that is not the last word. */
function causedBy(unasked: unknown, error: unknown): unknown {
  if (unasked instanceof UnauthorizedError && error instanceof UnreachableError) return unasked
  if (unasked === undefined || !(error instanceof NameNotFoundError)) return error
  return new NameNotFoundError(error.message, { cause: unasked })
}
