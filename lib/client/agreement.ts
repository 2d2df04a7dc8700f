/**
 * Whether all that a client was given leads to the same cluster. Two clusters can have the same name: then a name server and
 * the members may speak of different ones, and what is called would depend on who was asked first.
 */
import type { Address } from '../ports.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { formatAddress, parseUri, type Uri } from '../rpc/uri.js'
import type { MemberView } from './views.js'

/** What a name server has for the cluster's leader. */
export interface Recorded {
  readonly leader: Uri
  readonly nameserver: Address
}

export interface AgreementOptions {
  readonly cluster: string
  readonly seeds: readonly Uri[]
  /** Undefined: none answers, or none has a record. */
  readonly recorded: () => Promise<Recorded | undefined>
  readonly status: (member: Uri) => Promise<MemberView>
}

/** Two clusters, by who said so. */
interface Contradiction {
  readonly record: Recorded
  readonly error: InvalidParamsError
}

export class Agreement {
  readonly #options: AgreementOptions
  /** Asked for once; again after a contradiction, which somebody may have ended meanwhile. */
  #finding: Promise<Contradiction | undefined> | undefined

  constructor(options: AgreementOptions) {
    this.#options = options
  }

  /**
   * `place`: where the name server says that the object is; whatever is not where it says that the leader is belongs to
   * nobody's cluster, as far as is known. Left out: the cluster itself is asked for.
   * @throws InvalidParamsError when the name server and the members speak of different clusters
   */
  async demand(place?: Uri): Promise<void> {
    if (place !== undefined && this.#isAtSeed(place)) return
    this.#finding ??= this.#compare()
    const finding = await this.#finding
    if (finding === undefined) return
    this.#finding = undefined
    if (place === undefined || addressIn(place) === addressIn(finding.record.leader)) throw finding.error
  }

  /** Where the members are, too, nobody else can be. */
  #isAtSeed(place: Uri): boolean {
    return this.#options.seeds.some((seed) => addressIn(seed) === addressIn(place))
  }

  async #compare(): Promise<Contradiction | undefined> {
    const { seeds, status } = this.#options
    const record = seeds.length === 0 ? undefined : await this.#options.recorded()
    if (record === undefined || this.#isAtSeed(record.leader)) return undefined
    const recordedId = clusterIdOf(await status(record.leader))
    const other = recordedId === undefined ? undefined : await this.#otherThan(recordedId)
    if (recordedId === undefined || other === undefined) return undefined
    return { record, error: this.#contradiction(record, recordedId, other) }
  }

  /** A member of another cluster, if none of the seeds that answer is of this one: the first that is settles it. */
  async #otherThan(clusterId: string): Promise<MemberView | undefined> {
    const others: MemberView[] = []
    const asked = this.#options.seeds.map(async (seed) => {
      const view = await this.#options.status(seed)
      if (clusterIdOf(view) === clusterId) return
      if (clusterIdOf(view) !== undefined) others.push(view)
      throw new Error(`${seed} does not say that it is of that cluster`)
    })
    const isSettled = await Promise.any(asked).then(
      () => true,
      () => false,
    )
    return isSettled ? undefined : others[0]
  }

  #contradiction(
    { leader, nameserver }: Recorded,
    recordedId: string,
    other: MemberView,
  ): InvalidParamsError {
    const otherId = clusterIdOf(other) ?? ''
    return new InvalidParamsError(
      `there are two clusters "${this.#options.cluster}": the name server at ${formatAddress(nameserver)} gives ${leader}, of the cluster with the id ${recordedId}, ` +
        `and the member ${other.uri} is of the one with the id ${otherId}; nothing was done: ` +
        `give with --nameserver and --members the places of the one that is meant, or --members alone`,
    )
  }
}

function clusterIdOf(view: MemberView): string | undefined {
  return view.reachable ? (view.clusterId ?? undefined) : undefined
}

const addressIn = (place: Uri): string => formatAddress(parseUri(place).address)
