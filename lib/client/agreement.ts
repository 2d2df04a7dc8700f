/**
 * Whether all that a client was given leads to the same cluster. Two clusters can have the same name: then a name
 * server and the members may speak of different ones, and what is called would depend on who was asked first.
 */
import type { Address, Clock, Ms } from '../ports.js'
import { ms } from '../ports.js'
import { afterInput } from '../rpc/deadlines.js'
import { InvalidParamsError, UnreachableError } from '../rpc/errors.js'
import { formatAddress, parseUri, type Uri } from '../rpc/uri.js'
import type { Identity } from './identity.js'

/** What a name server has for the cluster's leader. */
export interface Recorded {
  readonly leader: Uri
  readonly nameserver: Address
}

export interface AgreementOptions {
  readonly cluster: string
  readonly seeds: readonly Uri[]
  /** Somebody has named them: they are the cluster's, or were. Else they are those that there are by default. */
  readonly areGiven: boolean
  readonly clock: Clock
  /** Undefined: none answers, or none has a record. */
  readonly recorded: () => Promise<Recorded | undefined>
  /** Who is there; undefined: nobody answers. */
  readonly identity: (member: Uri) => Promise<Identity | undefined>
  /** The id by which the client knows its cluster; undefined: it does not yet, or not any more. */
  readonly known: () => string | undefined
  /** From now on it does, if it did not. */
  readonly learn: (clusterId: string) => void
}

type Finding =
  | { readonly kind: 'agreed'; readonly clusterId: string }
  | Contradiction
  /** Not all answer of whom it takes. */
  | { readonly kind: 'unknown' }

/** Two clusters, by who said so. */
interface Contradiction {
  readonly kind: 'contradiction'
  readonly record: Recorded
  readonly error: InvalidParamsError
}

/** A member of a cluster of that name, and which; null: it does not know yet. */
interface Said {
  readonly seed: Uri
  readonly clusterId: string | null
}

const UNKNOWN: Finding = { kind: 'unknown' }

/** Members that were given, and have never answered, count as gone after so long. Milliseconds. */
const SILENT_MS = 1_000
const PAUSE_MS = 100
/** What could not be told is asked again after so long. Milliseconds. */
const ASK_AGAIN_MS = 5_000

export class Agreement {
  readonly #options: AgreementOptions
  #last = UNKNOWN
  #askedAt: Ms | undefined
  #asking: Promise<Finding> | undefined
  /**
   * What each seed has said last: that counts while it is silent, and when it does not know any more, as one that has
   * lost its folder.
   */
  readonly #said = new Map<Uri, Said>()

  constructor(options: AgreementOptions) {
    this.#options = options
  }

  /**
   * What is not told within `timeoutMs` is not waited for, and counts the next time.
   * @throws InvalidParamsError when the name server and the members speak of different clusters
   */
  async demand(timeoutMs: number): Promise<void> {
    const finding = await this.#within(timeoutMs, this.#find(ASK_AGAIN_MS))
    if (finding.kind === 'contradiction') throw finding.error
  }

  /**
   * Of `place`, where the name server says that an object is. Whatever is not where it says that the leader is belongs
   * to nobody's cluster, as far as is known.
   * @throws InvalidParamsError as {@link demand}
   */
  async demandAt(place: Uri): Promise<void> {
    if (this.#isAtSeed(parseUri(place).address)) return
    const finding = await this.#find(0)
    if (finding.kind === 'contradiction' && addressIn(place) === addressIn(finding.record.leader))
      throw finding.error
  }

  /**
   * Before the id of a cluster is learnt from whoever is at `place` alone.
   * @throws UnreachableError when members that the client was given are of another one, or do not know yet of which
   */
  async confirm(clusterId: string, place: Address): Promise<void> {
    if (this.#options.seeds.length === 0 || this.#isAtSeed(place)) return
    const said = await this.#awaited(clusterId)
    const [other] = said
    if (other === undefined || said.some((each) => each.clusterId === clusterId)) return
    const { seed, clusterId: otherId } = said.find((each) => each.clusterId !== null) ?? other
    const which = otherId === null ? 'of one that is not founded yet' : `of the one with the id ${otherId}`
    throw new UnreachableError(
      `whoever is at ${formatAddress(place)} is of the cluster with the id ${clusterId}, and the member ${seed} is ${which}: ` +
        `there are two clusters "${this.#options.cluster}"`,
    )
  }

  /** Whoever is at `place` has said so, asked for something else. */
  heard(place: Uri, clusterId: string): void {
    if (this.#options.seeds.includes(place)) this.#said.set(place, { seed: place, clusterId })
  }

  /** Those that were given may all be about to come back, or may have gone for good: that shows after a while. */
  async #awaited(clusterId: string): Promise<readonly Said[]> {
    const { areGiven, clock } = this.#options
    const end = clock.now() + (areGiven ? SILENT_MS : 0)
    for (;;) {
      const said = await this.#seedsUntil(clusterId)
      if (said.length > 0 || clock.now() >= end) return said
      await new Promise<void>((resolve) => clock.after(ms(PAUSE_MS), resolve))
    }
  }

  /**
   * `keptMs`: how old it may be that nothing could be told. What was agreed upon is so as long as the client goes by
   * it.
   */
  #find(keptMs: number): Promise<Finding> {
    const { clock, known } = this.#options
    const last = this.#last
    const isRecent = this.#askedAt !== undefined && clock.now() - this.#askedAt < keptMs
    const isKept = last.kind === 'agreed' ? last.clusterId === known() : last.kind === 'unknown' && isRecent
    if (isKept) return Promise.resolve(last)
    return (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)))
  }

  async #ask(): Promise<Finding> {
    const finding = await this.#compare()
    this.#last = finding
    this.#askedAt = this.#options.clock.now()
    if (finding.kind === 'agreed') this.#options.learn(finding.clusterId)
    return finding
  }

  #within(timeoutMs: number, finding: Promise<Finding>): Promise<Finding> {
    return new Promise((resolve, reject) => {
      const timer = afterInput(this.#options.clock, ms(timeoutMs), () => resolve(UNKNOWN))
      finding.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  /** Where the members are, too, nobody else can be. */
  #isAtSeed(place: Address): boolean {
    return this.#options.seeds.some((seed) => addressIn(seed) === formatAddress(place))
  }

  async #compare(): Promise<Finding> {
    const { seeds, recorded } = this.#options
    const record = seeds.length === 0 ? undefined : await recorded()
    if (record === undefined || this.#isAtSeed(parseUri(record.leader).address)) return UNKNOWN
    const clusterId = (await this.#saidBy(record.leader))?.clusterId ?? undefined
    if (clusterId === undefined) return UNKNOWN
    const said = await this.#seedsUntil(clusterId)
    if (said.some((each) => each.clusterId === clusterId)) return { kind: 'agreed', clusterId }
    const other = said.find((each) => each.clusterId !== null)
    if (other === undefined) return UNKNOWN
    return { kind: 'contradiction', record, error: this.#contradiction(record, clusterId, other) }
  }

  /** What the seeds say, or have said; the first that is of this cluster settles it. */
  async #seedsUntil(clusterId: string): Promise<readonly Said[]> {
    const asked = this.#options.seeds.map(async (seed) => {
      const said = await this.#saidBy(seed)
      if (said !== undefined && (said.clusterId !== null || !this.#said.has(seed))) this.#said.set(seed, said)
      if (said?.clusterId === clusterId) return said
      throw new Error(`${seed} does not say that it is of that cluster`)
    })
    return Promise.any(asked).then(
      (own) => [own],
      () => [...this.#said.values()],
    )
  }

  /** Undefined: it does not answer, or is no member of a cluster of that name. */
  async #saidBy(member: Uri): Promise<Said | undefined> {
    const who = await this.#options.identity(member)
    if (who?.kind !== 'member' || who.cluster !== this.#options.cluster) return undefined
    return { seed: member, clusterId: who.clusterId ?? who.clusterIdInLog }
  }

  #contradiction(
    { leader, nameserver }: Recorded,
    recordedId: string,
    { seed, clusterId }: Said,
  ): InvalidParamsError {
    return new InvalidParamsError(
      `there are two clusters "${this.#options.cluster}": the name server at ${formatAddress(nameserver)} gives ${leader}, of the cluster with the id ${recordedId}, ` +
        `and the member ${seed} is of the one with the id ${clusterId ?? ''}; nothing was done: ` +
        `give with --nameserver and --members the places of the one that is meant, or --members alone`,
    )
  }
}

const addressIn = (place: Uri): string => formatAddress(parseUri(place).address)
