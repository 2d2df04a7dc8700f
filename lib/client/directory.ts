/** Where things are: names to URIs, by the name server or, while none answers or knows, by the members themselves. */
import { NAMESERVER_OBJECT } from '../defaults.js'
import { isList, type Json } from '../json.js'
import { nameInCluster } from '../names.js'
import type { Address } from '../ports.js'
import {
  InvalidParamsError,
  NameNotFoundError,
  NoQuorumError,
  RollcallError,
  UnreachableError,
} from '../rpc/errors.js'
import { notSent } from '../rpc/not-sent.js'
import { isOnThisMachine } from '../rpc/loopback.js'
import type { Greeting } from '../rpc/route.js'
import { formatAddress, formatUri, parseUri, uri, type Uri } from '../rpc/uri.js'
import { Agreement, type Recorded } from './agreement.js'
import { Greetings } from './greetings.js'
import type { Probes } from './probes.js'
import {
  configurationOf,
  leaderOf,
  nobodyLeads,
  otherCluster,
  type Leader,
  type MemberView,
} from './views.js'

export interface DirectoryOptions {
  readonly cluster: string
  /** Asked for names. None: the members alone know. */
  readonly nameservers: readonly Address[]
  /** Members to ask before any is known otherwise. */
  readonly seeds: readonly Uri[]
  readonly probes: Pick<Probes, 'call' | 'status'>
}

/** How long the directory waits for one process's answer before it asks the next, in milliseconds. */
const ASK_MS = 1000

export class Directory {
  readonly #options: DirectoryOptions
  readonly #greetings: Greetings
  readonly #agreement: Agreement
  /** What the members last said about who they are. */
  #members: readonly Uri[]
  /** The name server to ask first: an index that grows when one does not answer. */
  #nameserver = 0
  /** Whether a name server answered when one was last asked. */
  #isAnswered = false
  /** What names were found to stand for, until a call there finds that it is so no longer. */
  readonly #found = new Map<string, Promise<Uri>>()
  /** The URI that last failed under a name: the name server may go on giving it out for a while. */
  readonly #failed = new Map<string, Uri>()
  /** Names that are not the cluster's own, as far as anybody could be asked. */
  readonly #registered = new Map<string, Greeting>()

  constructor(options: DirectoryOptions) {
    this.#options = options
    this.#members = options.seeds
    this.#greetings = new Greetings(options.cluster)
    this.#agreement = new Agreement({
      ...options,
      recorded: () => this.#recordedLeader(),
      status: (member) => options.probes.status(member, options.cluster, ASK_MS),
    })
  }

  /** Who must be where the calls of that name go, or those to whoever leads; undefined for the name server. */
  readonly greeting = (name?: string): Greeting | undefined => {
    if (name === NAMESERVER_OBJECT) return undefined
    return (name === undefined ? undefined : this.#registered.get(name)) ?? this.ownGreeting
  }

  /** For members of the cluster, and processes of none. */
  get ownGreeting(): Greeting {
    return this.#greetings.own
  }

  /**
   * The URI for a name: a URI itself, the name server, a registered name, or an object or member of the cluster.
   * @throws NameNotFoundError when the cluster's leader has answered and has no such object; with a cause when no name
   *   server has answered, which may know the name
   * @throws NoQuorumError while the members have no leader
   * @throws UnreachableError when nobody who could know answers
   * @throws InvalidParamsError when the name server and the members speak of different clusters, and for the name server
   *   where none was given: another cluster's may be on this machine
   */
  readonly resolve = async (name: string): Promise<Uri> => {
    if (name.includes('@')) return uri(name)
    if (name === NAMESERVER_OBJECT) return formatUri(NAMESERVER_OBJECT, this.#givenNameserver())
    const known = this.#found.get(name)
    if (known !== undefined) return known
    const finding = this.#find(name)
    this.#found.set(name, finding)
    finding.catch(() => this.#found.delete(name))
    return finding
  }

  async #find(name: string): Promise<Uri> {
    this.#registered.delete(name)
    let unasked: unknown
    const registered = await this.#lookup(this.#recordName(name), ASK_MS, (why) => (unasked = why))
    if (registered !== undefined) await this.#agreement.demand(registered)
    if (registered !== undefined && registered !== this.#failed.get(name)) return registered
    this.#failed.delete(name)
    return this.#fromMembers(name).catch((error: unknown) =>
      this.#lastResort(name, registered, causedBy(unasked, error)),
    )
  }

  /** A call to `failed`, which `name` stood for, found nobody there. */
  readonly forget = (name: string, failed: Uri): void => {
    if (name === NAMESERVER_OBJECT) this.#nameserver++
    else void this.#forgetFound(name, failed)
  }

  /** News of a place that is no longer the one in use is old news. */
  async #forgetFound(name: string, failed: Uri): Promise<void> {
    const found = this.#found.get(name)
    if (found === undefined || (await found.catch(() => undefined)) !== failed) return
    this.#failed.set(name, failed)
    if (this.#found.get(name) === found) this.#found.delete(name)
  }

  /**
   * The view of every member that those who answer name, asked all at once. While none of them knows a leader, whom the
   * leader's record names is asked too: a member that was removed, and has not heard of it, answers for ever and knows
   * nothing. Whoever has named members of another cluster alone does not mean the one that a name server happens to know.
   * @throws InvalidParamsError when the name server and the members speak of different clusters
   */
  async views(timeoutMs: number): Promise<readonly MemberView[]> {
    const views = new Map<Uri, MemberView>()
    await Promise.all([this.#agreement.demand(), this.#ask(this.#members, views, timeoutMs)])
    if (this.#members === this.#options.seeds && otherCluster([...views.values()]) !== undefined)
      return [...views.values()]
    await this.#ask(configurationOf(this.#own(views)) ?? [], views, timeoutMs)
    if (leaderOf(this.#own(views)) === null) {
      const leader = await this.#lookup(`${this.#options.cluster}.leader`, timeoutMs)
      await this.#ask(leader === undefined ? [] : [leader], views, timeoutMs)
      await this.#ask(configurationOf(this.#own(views)) ?? [], views, timeoutMs)
    }
    return this.#concluded(views)
  }

  #concluded(views: ReadonlyMap<Uri, MemberView>): readonly MemberView[] {
    const all = [...views.values()]
    if (this.#own(views).length === 0 && all.some(({ reachable }) => reachable))
      this.#greetings.forgetCluster()
    const configuration = configurationOf(this.#own(views))?.map(uri)
    if (configuration === undefined) return all
    this.#members = configuration
    return configuration.flatMap((member) => this.#asOwn(views.get(member)) ?? [])
  }

  #own(views: ReadonlyMap<Uri, MemberView>): readonly MemberView[] {
    return [...views.values()].filter((view) => view.reachable && this.#asOwn(view) === view)
  }

  /** Whoever belongs to another cluster of that name than the one that this client has met is not there for it. */
  #asOwn(view: MemberView | undefined): MemberView | undefined {
    const { clusterId } = this.#greetings
    if (view?.reachable !== true || clusterId === undefined) return view
    if (view.clusterId === null || view.clusterId === clusterId) return view
    const reason = `it belongs to another cluster "${view.cluster}", with the id ${view.clusterId}`
    return { id: view.id, uri: view.uri, reachable: false, reason }
  }

  async leader(): Promise<Leader | null> {
    return leaderOf(await this.views(ASK_MS))
  }

  /**
   * The first of the members known so far that says that it leads: nobody waits for one that is dead. It may have lost
   * office without knowing, and will say so. Undefined: none of them says so.
   */
  async whoeverLeads(): Promise<Uri | undefined> {
    const asked = this.#members.map(async (member) => {
      const view = this.#asOwn(await this.#options.probes.status(member, this.#options.cluster, ASK_MS))
      if (view?.reachable !== true || view.role !== 'leader') throw new Error(`${member} does not lead`)
      return uri(view.uri)
    })
    const leading = Promise.any(asked).catch(() => undefined)
    await this.#agreement.demand()
    return leading
  }

  async #recordedLeader(): Promise<Recorded | undefined> {
    const leader = await this.#lookup(`${this.#options.cluster}.leader`)
    const nameserver = this.#firstNameserver()
    return leader && nameserver && { leader, nameserver }
  }

  /** Adds what those of `members` say who have not been asked yet. */
  async #ask(members: readonly string[], views: Map<Uri, MemberView>, timeoutMs: number): Promise<void> {
    const missing = members.map(uri).filter((member) => !views.has(member))
    const { probes, cluster } = this.#options
    const answers = await Promise.all(missing.map((member) => probes.status(member, cluster, timeoutMs)))
    missing.forEach((member, at) => {
      const answer = answers[at]
      if (answer !== undefined) views.set(member, answer)
    })
  }

  /** The members can't help: what anybody has registered under the name, or the error. */
  async #lastResort(name: string, registered: Uri | undefined, error: unknown): Promise<Uri> {
    const isNoneOfOurs = error instanceof NameNotFoundError
    // The cluster is there, and the place that its last leader had is of no use.
    if (error instanceof NoQuorumError && registered !== undefined) throw error
    // A cluster that was there will be there again; until then nobody can say whose the name is.
    if (!isNoneOfOurs && this.#greetings.clusterId !== undefined) throw error
    if (registered !== undefined && this.#isMisleading(registered)) {
      this.#failed.set(name, registered)
      throw error
    }
    // Only the cluster's own word that it has no such object keeps its names apart from another cluster's.
    const isElsewhere = isNoneOfOurs && this.#recordName(name) !== name
    const found = registered ?? (isElsewhere ? await this.#lookup(name) : undefined)
    if (found === undefined) throw error
    this.#registered.set(name, this.#greetings.registered(name, found))
    return found
  }

  /** A loopback address that came from another machine means that machine, and leads nobody else there. */
  #isMisleading(place: Uri): boolean {
    if (!isOnThisMachine(parseUri(place).address)) return false
    return this.#askedElsewhere !== undefined
  }

  /** A place on another machine where the cluster is asked for. */
  get #askedElsewhere(): Address | undefined {
    const { nameservers, seeds } = this.#options
    const asked = [...nameservers, ...seeds.map((seed) => parseUri(seed).address)]
    return asked.find((address) => !isOnThisMachine(address))
  }

  #recordName(name: string): string {
    return nameInCluster(this.#options.cluster, name)
  }

  #givenNameserver(): Address {
    const place = this.#firstNameserver()
    if (place !== undefined) return place
    throw new InvalidParamsError('no name server was given beside the members: say where it is')
  }

  #firstNameserver(): Address | undefined {
    const { nameservers } = this.#options
    return nameservers[this.#nameserver % nameservers.length]
  }

  /** Undefined when the name is not registered or no name server answers: the members are asked then. */
  async #lookup(
    name: string,
    timeoutMs = ASK_MS,
    unanswered: (why: unknown) => void = () => undefined,
  ): Promise<Uri | undefined> {
    let why: unknown
    for (let left = this.#options.nameservers.length; left > 0; left--) {
      try {
        const found = await this.#options.probes.call(
          this.#givenNameserver(),
          `${NAMESERVER_OBJECT}.lookup`,
          [name],
          Math.min(timeoutMs, ASK_MS),
        )
        this.#isAnswered = true
        if (typeof found === 'string') return uri(found)
      } catch (error) {
        this.#isAnswered = error instanceof NameNotFoundError
        if (this.#isAnswered) return undefined
        why = error
      }
      this.#nameserver++
    }
    unanswered(why)
    return undefined
  }

  async #fromMembers(name: string): Promise<Uri> {
    const views = await this.views(ASK_MS)
    const member = views.find((view) => view.id === name)
    if (member !== undefined) return uri(member.uri)
    const leader = leaderOf(views)
    if (leader === null) throw otherCluster(views) ?? this.#nobodyCanSay(name, views)
    if (name === `${this.#options.cluster}.leader`) return uri(leader.uri)
    const { address } = parseUri(leader.uri)
    const objects = await this.#objectsAt(address)
    if (isList(objects) && objects.includes(name)) return formatUri(name, address)
    throw new NameNotFoundError(
      `no name server and no member of the cluster "${this.#options.cluster}" knows "${name}"; ` +
        `the members' objects are ${JSON.stringify(objects)}`,
    )
  }

  async #objectsAt(address: Address): Promise<Json> {
    try {
      return await this.#options.probes.call(address, 'daemon.objects', [], ASK_MS)
    } catch (error) {
      throw error instanceof RollcallError ? notSent(error) : error
    }
  }

  #nobodyCanSay(name: string, views: readonly MemberView[]): Error {
    if (views.some((view) => view.reachable))
      return new NoQuorumError(
        `"${name}" can't be reached: of the cluster "${this.#options.cluster}" ${nobodyLeads(views)}`,
      )
    return new UnreachableError(`"${name}" can't be found: ${this.#whoWasAsked(views)}${this.#advice(views)}`)
  }

  #whoWasAsked(views: readonly MemberView[]): string {
    const names = this.#options.nameservers.map(formatAddress).join(', ')
    const members = views.map((view) => view.uri).join(', ')
    const none = this.#isAnswered
      ? `no name server at ${names} knows it`
      : `no name server answers at ${names}`
    const noName = names === '' ? 'no name server was given' : none
    const noMember = members === '' ? 'no member is known' : `no member answers at ${members}`
    return `${noName}, and ${noMember}`
  }

  #advice(views: readonly MemberView[]): string {
    const elsewhere = this.#askedElsewhere
    const misleading = views.find((view) => !view.reachable && this.#isMisleading(uri(view.uri)))
    if (misleading === undefined || elsewhere === undefined) return ''
    return (
      `; ${misleading.uri} is an address of each machine for itself, and came from ${formatAddress(elsewhere)}: ` +
      `start the member with --advertise and the name or address under which others reach it`
    )
  }
}

/** The members do not know the name, and who else may know it could not be asked: that is not the last word. */
function causedBy(unasked: unknown, error: unknown): unknown {
  if (unasked === undefined || !(error instanceof NameNotFoundError)) return error
  return new NameNotFoundError(error.message, { cause: unasked })
}
