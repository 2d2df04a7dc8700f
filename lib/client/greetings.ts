/**
 * Who may be at the places where a client's calls go. An address can have another process by now, of another cluster
 * too; so each connection begins with the question who is there, and a call goes nowhere else than where it was meant
 * to go.
 */
import type { Address } from '../ports.js'
import { UnreachableError } from '../rpc/errors.js'
import type { Greeting } from '../rpc/calling/route.js'
import { parseUri, type Uri } from '../rpc/uri.js'
import { identityOf, type Identity } from './identity.js'

type Member = Extract<Identity, { kind: 'member' }>

interface Told {
  /** Whether that id may be that of the cluster, by the word of whoever is at the place; rejects if not. */
  readonly confirm: (clusterId: string, place: Address) => Promise<void>
  /** One of the cluster's members has named them all. */
  readonly met: (members: readonly Uri[]) => void
}

export class Greetings {
  /** For the cluster's members and what they serve, and for processes of no cluster. */
  readonly own: Greeting = async (call, place) => {
    const who = await identityOf(call)
    await this.#confirm(who, place)
    this.#judge(who, undefined, false)
  }
  /** For members that pass calls on. */
  readonly through: Greeting = Object.assign(this.own.bind(this), { isVia: true } as const)
  /** By the other cluster that they let in. */
  readonly #others = new Map<string | undefined, Greeting>()
  readonly #cluster: string
  #clusterId: string | undefined

  readonly #told: Told

  constructor(cluster: string, told: Told) {
    this.#cluster = cluster
    this.#told = told
  }

  /** The id of the cluster, once a member has said it. Another cluster can have the same name. */
  get clusterId(): string | undefined {
    return this.#clusterId
  }

  /** Members that the client was given have said so. */
  learn(clusterId: string): void {
    this.#clusterId ??= clusterId
  }

  /** The cluster under this name is another one now, as nobody of the one before is there: its id is learnt anew. */
  forgetCluster(): void {
    this.#clusterId = undefined
  }

  /**
   * For a name that is none of the cluster's: whoever was registered under it may be there, of this project or not; of
   * other clusters that one alone which the name itself tells of, as `east.kv` does of `east`.
   */
  registered(name: string, place: Uri): Greeting {
    const cluster = clusterIn(name, place)
    const known = this.#others.get(cluster)
    if (known !== undefined) return known
    const greeting: Greeting = async (call, at) => {
      const who = await identityOf(call)
      await this.#confirm(who, at)
      this.#judge(who, cluster, true)
    }
    this.#others.set(cluster, greeting)
    return greeting
  }

  /** The first one that is met could be of any cluster of that name. */
  async #confirm(who: Identity, place: Address): Promise<void> {
    if (this.#clusterId !== undefined || who.kind !== 'member' || who.cluster !== this.#cluster) return
    const said = who.clusterId ?? who.clusterIdInLog
    if (said !== null) await this.#told.confirm(said, place)
  }

  #judge(who: Identity, other: string | undefined, isAnybodyWelcome: boolean): void {
    if (who.kind === 'member') this.#judgeMember(who, other)
    else if (who.kind === 'unknown' && !isAnybodyWelcome)
      throw new UnreachableError(
        `whoever is there does not say that it belongs to the cluster "${this.#cluster}"`,
      )
  }

  #judgeMember({ id, cluster, clusterId, clusterIdInLog, members }: Member, other: string | undefined): void {
    if (cluster === other) return
    const said = clusterId ?? clusterIdInLog
    const isOther = said !== null && this.#clusterId !== undefined && said !== this.#clusterId
    if (cluster === this.#cluster && !isOther) {
      this.#clusterId ??= clusterId ?? undefined
      this.#told.met(members)
    } else throw new UnreachableError(`${id} of ${shown(cluster, said)} is there, not ${this.#shown}`)
  }

  get #shown(): string {
    return shown(this.#cluster, this.#clusterId ?? null)
  }
}

function shown(cluster: string, clusterId: string | null): string {
  return `the cluster "${cluster}"${clusterId === null ? '' : ` with the id ${clusterId}`}`
}

/** Members register `CLUSTER.leader`, and an object or a member under its own name behind the cluster's. */
function clusterIn(name: string, place: Uri): string | undefined {
  const { objectId } = parseUri(place)
  const end = [`.${objectId}`, '.leader'].find((each) => name.endsWith(each))
  return end === undefined ? undefined : name.slice(0, -end.length)
}
