/**
 * The name servers that a process may ask: those that it was told of, those that are found on the local network, and who
 * else is of their group, by their own word. So it finds them all although it was told of one, and goes on when all that
 * it was told of have been replaced, one after another.
 */
import { identityOf, type Identity } from '../client/identity.js'
import { NAMESERVER_CLUSTER } from '../defaults.js'
import type { Discovery } from '../discovery/discovery.js'
import type { Address, Clock } from '../ports.js'
import type { RawCall } from '../rpc/channels/connection-options.js'
import { UnreachableError } from '../rpc/errors.js'
import { isOnThisMachine, isSamePlace } from '../rpc/loopback.js'
import { formatAddress, parseUri, type Uri } from '../rpc/uri.js'

export interface NameServerGroupOptions {
  readonly given: readonly Address[]
  /** Finds more of them. Default: there are those that were given. */
  readonly discovery?: Pick<Discovery, 'nameservers'> | undefined
  readonly clock: Pick<Clock, 'now'>
}

/** Who is of a group is asked again after so long, by the way. Milliseconds. */
const ASK_AGAIN_MS = 5_000
/** One that does not know its group may know it soon, or not for as long as there is no majority of it. Milliseconds. */
const ASK_UNSURE_AGAIN_MS = 250
/** Of a group so many are heard of, and of so many groups, the newest. */
const MEMBERS_MAX = 16
const GROUPS_MAX = 8

export class NameServerGroup {
  readonly #options: NameServerGroupOptions
  /** Their members by the groups' ids. */
  readonly #groups = new Map<string, readonly Uri[]>()
  /** Who was met, and of which group, by address. */
  readonly #met = new Map<string, Met>()
  /** When it may be asked again by the way, by address. */
  readonly #dueAt = new Map<string, number>()
  /** Those that did not answer when they were last called: who was met there may be elsewhere. */
  readonly #silent = new Set<string>()
  /** Those that are asked by the way and have not answered. */
  readonly #asking = new Set<string>()
  readonly #hearers = new Set<() => void>()

  constructor(options: NameServerGroupOptions) {
    this.#options = options
  }

  /** Those that it was told of, and were found, first. */
  get all(): readonly Address[] {
    return [...this.#told, ...this.heardOf]
  }

  /** Those alone of which a name server has told. */
  get heardOf(): readonly Address[] {
    const told = this.#told
    return [...this.#groups].flatMap(([clusterId, members]) =>
      members
        .filter((member) => !this.#isMetAt(told, clusterId, member))
        .map((member) => parseUri(member).address)
        .filter((address) => !told.some((each) => isSamePlace(each, address))),
    )
  }

  /** Calls back after others are heard of. */
  onChange(hearer: () => void): void {
    this.#hearers.add(hearer)
  }

  /**
   * For each new connection to one of them: learns who is there.
   * @throws UnreachableError where a name server has told of the place, and who is there is not of its group
   */
  readonly greet = async (call: RawCall, place: Address): Promise<void> => {
    const at = formatAddress(place)
    const askedAt = this.#options.clock.now()
    this.#dueAt.set(at, askedAt + ASK_AGAIN_MS)
    const who = await identityOf(call)
    if (isUnsure(who)) this.#dueAt.set(at, askedAt + ASK_UNSURE_AGAIN_MS)
    this.#hear(who, place)
  }

  /** Of one that is heard of alone: as {@link greet}, if that is not long ago. */
  async demand(call: RawCall, place: Address): Promise<void> {
    if (this.#told.some((each) => isSamePlace(each, place))) return
    if (this.#isDue(place) || !this.#met.has(formatAddress(place))) await this.greet(call, place)
  }

  /**
   * It has answered, and is asked by the way who is of its group by now, which nobody waits for. `isMistaken`: however
   * lately it was asked, as somebody else leads than was thought.
   */
  refresh(call: RawCall, place: Address, isMistaken = false): void {
    const at = formatAddress(place)
    if (this.#asking.has(at) || !(isMistaken || this.#isDue(place))) return
    this.#asking.add(at)
    this.greet(call, place)
      .catch(() => undefined)
      .finally(() => this.#asking.delete(at))
  }

  /** A call there found nobody. */
  failed(place: Address): void {
    this.#changing(() => this.#silent.add(formatAddress(place)))
  }

  /** Whether nobody was found there when it was last called. */
  isSilent(place: Address): boolean {
    return this.#silent.has(formatAddress(place))
  }

  /** The others of its group. Empty: it is alone, or nobody has told. */
  othersThan(place: Address): readonly Uri[] {
    const own = this.memberAt(place)
    return this.#groupAt(place).filter((member) => member !== own)
  }

  /** As its group knows it. Undefined: it is of none, or not any more. */
  memberAt(place: Address): Uri | undefined {
    const id = this.#met.get(formatAddress(place))?.id
    return this.#groupAt(place).find((member) => parseUri(member).objectId === id)
  }

  /** Where `member` is called, of the group of whoever is at that place: where it was met, of those that were told. */
  placeOf(member: Uri, of: Address): Address {
    const clusterId = this.#met.get(formatAddress(of))?.clusterId
    const met = this.#told.find(
      (place) => clusterId !== undefined && this.#isMetAt([place], clusterId, member),
    )
    return met ?? parseUri(member).address
  }

  #groupAt(place: Address): readonly Uri[] {
    const clusterId = this.#met.get(formatAddress(place))?.clusterId
    return clusterId === undefined ? [] : (this.#groups.get(clusterId) ?? [])
  }

  get #told(): readonly Address[] {
    const { given, discovery } = this.#options
    const found = discovery?.nameservers ?? []
    return [...given, ...found.filter((each) => !given.some((one) => isSamePlace(one, each)))]
  }

  #isDue(place: Address): boolean {
    return this.#options.clock.now() >= (this.#dueAt.get(formatAddress(place)) ?? 0)
  }

  /** It may be known under other addresses than it was told by. */
  #isMetAt(places: readonly Address[], clusterId: string, member: Uri): boolean {
    const { objectId } = parseUri(member)
    return places.some((place) => {
      const at = formatAddress(place)
      const met = this.#silent.has(at) ? undefined : this.#met.get(at)
      return met?.clusterId === clusterId && met.id === objectId
    })
  }

  #hear(who: Identity, place: Address): void {
    const met = metIn(who)
    this.#changing(() => this.#silent.delete(formatAddress(place)))
    const before = this.#met.get(formatAddress(place))
    if (before !== undefined && !mayBeOf(before.clusterId, who)) this.#met.delete(formatAddress(place))
    this.#refuseStranger(who, place)
    if (met !== undefined) this.#changing(() => this.#learn(met, place))
  }

  #changing(change: () => void): void {
    const before = textOf(this.heardOf)
    change()
    if (textOf(this.heardOf) !== before) for (const hearer of this.#hearers) hearer()
  }

  #learn(met: Met, place: Address): void {
    const { clusterId, members } = met
    this.#met.set(formatAddress(place), met)
    this.#groups.delete(clusterId)
    this.#groups.set(
      clusterId,
      members.filter((member) => isReachableBy(place, member)).slice(0, MEMBERS_MAX),
    )
    const [oldest] = this.#groups.keys()
    if (oldest !== undefined && this.#groups.size > GROUPS_MAX) this.#groups.delete(oldest)
  }

  /** At an address that a name server has told of another one may be by now. */
  #refuseStranger(who: Identity, place: Address): void {
    if (this.#told.some((each) => isSamePlace(each, place))) return
    const isOfOurs = [...this.#groups].some(
      ([clusterId, members]) =>
        mayBeOf(clusterId, who) && members.some((member) => isSamePlace(parseUri(member).address, place)),
    )
    if (!isOfOurs)
      throw new UnreachableError(
        `whoever is at ${formatAddress(place)} is no name server of the group that it was known by`,
      )
  }
}

interface Met {
  readonly clusterId: string
  readonly id: string
  readonly members: readonly Uri[]
}

function metIn(who: Identity): Met | undefined {
  if (!isNameServer(who) || who.clusterId === null) return undefined
  const { clusterId, id, members } = who
  return { clusterId, id, members }
}

/** It does not know its group, or not again yet. */
function isUnsure(who: Identity): boolean {
  return isNameServer(who) && who.clusterId === null
}

function isNameServer(who: Identity): who is Extract<Identity, { readonly kind: 'member' }> {
  return who.kind === 'member' && who.cluster === NAMESERVER_CLUSTER
}

/** One that has just started may not know its group again yet, and grants nothing until then. */
function mayBeOf(clusterId: string, who: Identity): boolean {
  if (!isNameServer(who)) return false
  const said = who.clusterId ?? who.clusterIdInLog
  return said === null || said === clusterId
}

/** An address of each machine for itself, told by another machine, would lead to somebody else here. */
function isReachableBy(place: Address, member: Uri): boolean {
  return isOnThisMachine(place) || !isOnThisMachine(parseUri(member).address)
}

const textOf = (places: readonly Address[]): string => places.map(formatAddress).join()
