/** The members of a client's cluster, as they say themselves, and who of them leads. */
import type { Address, Clock } from '../ports.js'
import { formatAddress, parseUri, uri, type Uri } from '../rpc/uri.js'
import type { Discovery } from '../discovery/discovery.js'
import type { Agreement } from './agreement.js'
import type { Greetings } from './greetings.js'
import { isLedBy } from './led.js'
import type { NameLookup } from './name-lookup.js'
import { leaderAbove } from './next-leader.js'
import { Partings } from './partings.js'
import { ASK_MS, type Probes } from './probes.js'
import { configurationOf, leaderOf, otherCluster, termAbove, type Leader, type MemberView } from './views.js'

/** What is asked of one that has gone silent may take so long, in milliseconds. */
const SILENT_MS = 100
/** From when it was seen to be silent; then it is asked as all others are. */
const SILENT_FOR_MS = 5_000

export interface MembersOptions {
  readonly cluster: string
  /** Members to ask before any is known otherwise. */
  readonly seeds: readonly Uri[]
  readonly probes: Pick<Probes, 'call' | 'status'>
  readonly clock: Pick<Clock, 'now'>
  readonly names: Pick<NameLookup, 'lookup'>
  readonly greetings: Pick<Greetings, 'clusterId' | 'forgetCluster'>
  readonly agreement: Pick<Agreement, 'demand' | 'heard'>
  /** Finds members of the cluster. Default: nobody looks for any. */
  readonly discovery?: Pick<Discovery, 'membersOf' | 'found'> | undefined
}

export class Members {
  readonly #options: MembersOptions
  /** What the members last said about who they are. */
  #members: readonly Uri[]
  readonly #partings: Partings
  /** An address from which nothing was heard lately. Nobody waits for it for long. */
  #silent: { readonly at: string; readonly until: number } | undefined

  constructor(options: MembersOptions) {
    this.#options = options
    this.#members = options.seeds
    this.#partings = new Partings({ ...options, ask: (here) => this.#isCutOff(here) })
  }

  /**
   * The view of every member that those who answer name, asked all at once. While none of them knows a leader, whom the
   * leader's record names is asked too: a member that was removed, and has not heard of it, answers for ever and knows
   * nothing. Whoever has named members of another cluster alone does not mean the one that a name server happens to
   * know.
   * @throws InvalidParamsError when the name server and the members speak of different clusters
   */
  async views(timeoutMs: number): Promise<readonly MemberView[]> {
    const views = new Map<Uri, MemberView>()
    await Promise.all([this.#options.agreement.demand(timeoutMs), this.#ask(this.#members, views, timeoutMs)])
    if (this.#members === this.#options.seeds && otherCluster([...views.values()]) !== undefined)
      return [...views.values()]
    await this.#ask(configurationOf(this.#own(views)) ?? (await this.#found()), views, timeoutMs)
    if (leaderOf(this.#own(views)) === null) {
      const leader = await this.#options.names.lookup(`${this.#options.cluster}.leader`, timeoutMs)
      await this.#ask(leader === undefined ? [] : [leader], views, timeoutMs)
      await this.#ask(configurationOf(this.#own(views)) ?? [], views, timeoutMs)
    }
    return this.#concluded(views)
  }

  /** Where nobody else has said who the members are. */
  async #found(): Promise<readonly string[]> {
    const { discovery, cluster } = this.#options
    await discovery?.found('member')
    return discovery?.membersOf(cluster) ?? []
  }

  #concluded(views: ReadonlyMap<Uri, MemberView>): readonly MemberView[] {
    const all = [...views.values()]
    if (this.#own(views).length === 0 && all.some(({ reachable }) => reachable))
      this.#options.greetings.forgetCluster()
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
    const { clusterId } = this.#options.greetings
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
    const leading = this.#leadingOf(this.#members)
    await this.#options.agreement.demand(ASK_MS)
    return leading
  }

  /**
   * Whoever leads after `views`, of which no leader answers, as soon as one of those that do knows. Undefined: none
   * knows in time.
   */
  async nextLeader(views: readonly MemberView[]): Promise<Leader | undefined> {
    const term = termAbove(views)
    const own = views.filter((view) => view.reachable && this.#asOwn(view) === view)
    const asked = own.map((view) => leaderAbove(term, view, this.#options.probes))
    return Promise.any(asked).catch(() => undefined)
  }

  #leadingOf(members: readonly Uri[]): Promise<Uri | undefined> {
    const asked = members.map(async (member) => {
      const view = this.#asOwn(await this.#options.probes.status(member, this.#options.cluster, ASK_MS))
      if (view?.reachable !== true || view.role !== 'leader') throw new Error(`${member} does not lead`)
      return uri(view.uri)
    })
    return Promise.any(asked).catch(() => undefined)
  }

  /** It is a member itself, and no object of its. */
  isMember(place: Uri): boolean {
    return this.#members.includes(place)
  }

  /** One of them has named these. Who has heard better, from all that can be asked, or was told, needs no such word. */
  learn(members: readonly Uri[]): void {
    if (this.#members.length === 0) this.#members = members
  }

  /**
   * Whether that is the place of a member, and another one leads by now: it says so, and one more follows it. Whoever is
   * cut off from all others may say that it leads for a while. Or it leads, and this client alone can't reach it.
   */
  readonly isReplaced = async (place: Address): Promise<boolean> => {
    const here = formatAddress(place)
    const others = this.#members.filter((member) => formatAddress(parseUri(member).address) !== here)
    if (others.length === this.#members.length) return false
    const { probes, cluster } = this.#options
    const isLed = await isLedBy(others, async (member) => {
      const view = await probes.status(member, cluster, ASK_MS)
      return this.#asOwn(view) ?? view
    })
    const isReplaced = isLed || this.#partings.isFound(here)
    if (isReplaced) this.#silent = { at: here, until: this.#options.clock.now() + SILENT_FOR_MS }
    return isReplaced
  }

  /** Whoever is there does not answer, and another member, which does, follows it. */
  async #isCutOff(here: string): Promise<boolean> {
    const views = new Map<Uri, MemberView>()
    await this.#ask(this.#members, views, ASK_MS)
    const there = this.#members.find((member) => formatAddress(parseUri(member).address) === here)
    const isSilent = [...views.values()].some(({ uri: place, reachable }) => place === there && !reachable)
    return isSilent && this.#own(views).some((view) => view.reachable && view.leader?.uri === there)
  }

  /** Adds what those of `members` say who have not been asked yet. */
  async #ask(members: readonly string[], views: Map<Uri, MemberView>, timeoutMs: number): Promise<void> {
    const missing = members.map(uri).filter((member) => !views.has(member))
    const { probes, cluster, agreement } = this.#options
    const answers = await Promise.all(
      missing.map((member) => probes.status(member, cluster, this.#patience(member, timeoutMs))),
    )
    missing.forEach((member, at) => {
      const answer = answers[at]
      if (answer === undefined) return
      views.set(member, answer)
      if (answer.reachable && answer.clusterId !== null) agreement.heard(member, answer.clusterId)
    })
  }

  #patience(member: Uri, timeoutMs: number): number {
    const { at, until } = this.#silent ?? {}
    const isSilent = until !== undefined && this.#options.clock.now() < until
    const isThere = isSilent && formatAddress(parseUri(member).address) === at
    return isThere ? Math.min(timeoutMs, SILENT_MS) : timeoutMs
  }
}
