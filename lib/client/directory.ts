/** Where things are: names to URIs, by the name server or, while none answers or knows, by the members themselves. */
import { DEFAULT_CLUSTER, NAMESERVER_OBJECT } from '../defaults.js'
import { isList, type Json } from '../json.js'
import type { Address } from '../ports.js'
import { NameNotFoundError, NoQuorumError, RollcallError, UnreachableError } from '../rpc/errors.js'
import { notSent } from '../rpc/not-sent.js'
import { formatAddress, formatUri, parseUri, uri, type Uri } from '../rpc/uri.js'
import type { Probes } from './probes.js'
import { configurationOf, leaderOf, type Leader, type MemberView } from './views.js'

export interface DirectoryOptions {
  readonly cluster: string
  readonly nameservers: readonly Address[]
  /** Members to ask before any is known otherwise. */
  readonly seeds: readonly Uri[]
  readonly probes: Pick<Probes, 'call' | 'status'>
}

/** How long the directory waits for one process's answer before it asks the next, in milliseconds. */
const ASK_MS = 1000

export class Directory {
  readonly #options: DirectoryOptions
  /** What the members last said about who they are. */
  #members: readonly Uri[]
  /** The name server to ask first: an index that grows when one does not answer. */
  #nameserver = 0
  /** What names were found to stand for, until a call there finds that it is so no longer. */
  readonly #found = new Map<string, Promise<Uri>>()
  /** The URI that last failed under a name: the name server may go on giving it out for a while. */
  readonly #failed = new Map<string, Uri>()

  constructor(options: DirectoryOptions) {
    this.#options = options
    this.#members = options.seeds
  }

  /**
   * The URI for a name: a URI itself, the name server, a registered name, or an object or member of the cluster.
   * @throws NameNotFoundError when the cluster's leader has answered and has no such object; with a cause when no name
   *   server has answered, which may know the name
   * @throws NoQuorumError while the members have no leader
   * @throws UnreachableError when nobody who could know answers
   */
  readonly resolve = async (name: string): Promise<Uri> => {
    if (name.includes('@')) return uri(name)
    if (name === NAMESERVER_OBJECT) return formatUri(NAMESERVER_OBJECT, this.#firstNameserver())
    const known = this.#found.get(name)
    if (known !== undefined) return known
    const finding = this.#find(name)
    this.#found.set(name, finding)
    finding.catch(() => this.#found.delete(name))
    return finding
  }

  async #find(name: string): Promise<Uri> {
    let unasked: unknown
    const registered = await this.#lookup(this.#recordName(name), ASK_MS, (why) => (unasked = why))
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
   * nothing.
   */
  async views(timeoutMs: number): Promise<readonly MemberView[]> {
    const views = new Map<Uri, MemberView>()
    await this.#ask(this.#members, views, timeoutMs)
    await this.#ask(configurationOf([...views.values()]) ?? [], views, timeoutMs)
    if (leaderOf([...views.values()]) === null) {
      const leader = await this.#lookup(`${this.#options.cluster}.leader`, timeoutMs)
      await this.#ask(leader === undefined ? [] : [leader], views, timeoutMs)
      await this.#ask(configurationOf([...views.values()]) ?? [], views, timeoutMs)
    }
    const configuration = configurationOf([...views.values()])?.map(uri)
    if (configuration === undefined) return [...views.values()]
    this.#members = configuration
    return configuration.flatMap((member) => views.get(member) ?? [])
  }

  async leader(): Promise<Leader | null> {
    return leaderOf(await this.views(ASK_MS))
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

  /** The members can't help: the record as it stands, or one that has nothing to do with any cluster, or the error. */
  async #lastResort(name: string, registered: Uri | undefined, error: unknown): Promise<Uri> {
    if (registered !== undefined) return registered
    // Only the cluster's own word that it has no such object keeps its names apart from another cluster's.
    const foreign = this.#recordName(name) !== name && error instanceof NameNotFoundError
    const found = foreign ? await this.#lookup(name) : undefined
    if (found !== undefined) return found
    throw error
  }

  #recordName(name: string): string {
    const { cluster } = this.#options
    return cluster === DEFAULT_CLUSTER || name.includes('.') ? name : `${cluster}.${name}`
  }

  #firstNameserver(): Address {
    const { nameservers } = this.#options
    const address = nameservers[this.#nameserver % nameservers.length]
    if (address === undefined) throw new UnreachableError('no name server is configured')
    return address
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
          this.#firstNameserver(),
          `${NAMESERVER_OBJECT}.lookup`,
          [name],
          Math.min(timeoutMs, ASK_MS),
        )
        if (typeof found === 'string') return uri(found)
      } catch (error) {
        if (error instanceof NameNotFoundError) return undefined
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
    if (leader === null) throw this.#nobodyLeads(name, views)
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

  #nobodyLeads(name: string, views: readonly MemberView[]): Error {
    if (views.some((view) => view.reachable))
      return new NoQuorumError(
        `"${name}" can't be reached: the members of "${this.#options.cluster}" have no leader now`,
      )
    const places = this.#options.nameservers.map(formatAddress).join(', ')
    const members = views.map((view) => view.uri).join(', ')
    return new UnreachableError(
      `"${name}" can't be found: no name server at ${places} knows it, and no member answers at ${members}`,
    )
  }
}

/** The members do not know the name, and who else may know it could not be asked: that is not the last word. */
function causedBy(unasked: unknown, error: unknown): unknown {
  if (unasked === undefined || !(error instanceof NameNotFoundError)) return error
  return new NameNotFoundError(error.message, { cause: unasked })
}
