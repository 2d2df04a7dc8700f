/**
 * Which of several name servers leads, once a call at one of them has failed: all of its group are asked, and while they
 * have no leader, the first that hears of the next one tells.
 */
import { NAMESERVER_CLUSTER } from '../defaults.js'
import type { Address } from '../ports.js'
import type { NameServerGroup } from '../publishing/name-server-group.js'
import { parseUri, uri, type Uri } from '../rpc/uri.js'
import { leaderAbove, NEWS_MS } from './next-leader.js'
import { ASK_MS, type Probes } from './probes.js'
import { leaderOf, termAbove, type Leader, type MemberView } from './views.js'

export interface NamesLeaderOptions {
  readonly group: Pick<NameServerGroup, 'memberAt' | 'othersThan' | 'placeOf'>
  readonly probes: Pick<Probes, 'call' | 'status'>
}

/** The one at which a call has failed. It may be there all the same. */
interface Failed {
  readonly id: string
  readonly view: Promise<MemberView>
}

export class NamesLeader {
  readonly #options: NamesLeaderOptions
  /** Where a call has failed, and nobody has told since who leads. */
  #failedAt: Address | undefined
  /** However many want to know. */
  #asking: Promise<Address | undefined> | undefined

  constructor(options: NamesLeaderOptions) {
    this.#options = options
  }

  /** A call there has failed. One that is alone leads, or nobody does. */
  failed(place: Address): void {
    if (this.#options.group.othersThan(place).length > 0) this.#failedAt = place
  }

  /** Undefined: no call has failed, or nobody knows in time. Never rejects. */
  find(): Promise<Address | undefined> | undefined {
    if (this.#failedAt === undefined) return undefined
    this.#asking ??= this.#ask(this.#failedAt).finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #ask(failedAt: Address): Promise<Address | undefined> {
    const { group } = this.#options
    const member = group.memberAt(failedAt)
    // Its own word is waited for no longer than news of the others.
    const failed = member && { id: parseUri(member).objectId, view: this.#viewOf(member, NEWS_MS) }
    const asked = group.othersThan(failedAt).map(async (other) => {
      const leader = await this.#leaderBy(await this.#viewOf(other, ASK_MS), failed)
      return group.placeOf(uri(leader.uri), failedAt)
    })
    const leader = await Promise.any(asked).catch(() => undefined)
    if (leader !== undefined && this.#failedAt === failedAt) this.#failedAt = undefined
    return leader
  }

  /** By the word of one of the others. One that has just gone is followed for a while. */
  async #leaderBy(view: MemberView, failed: Failed | undefined): Promise<Leader> {
    if (!view.reachable) throw new Error(`${view.uri} does not answer`)
    const leader = leaderOf([view])
    if (leader !== null && leader.id !== failed?.id) return leader
    const next = leaderAbove(termAbove([view]), view, this.#options.probes)
    return failed === undefined ? next : Promise.any([next, leadsStill(failed, view.term)])
  }

  #viewOf(member: Uri, timeoutMs: number): Promise<MemberView> {
    return this.#options.probes.status(member, NAMESERVER_CLUSTER, timeoutMs)
  }
}

/** Rejects when it does not say so. */
async function leadsStill({ id, view }: Failed, term: number): Promise<Leader> {
  const said = await view
  if (said.reachable && said.role === 'leader' && said.term >= term) return said
  throw new Error(`${id} does not lead`)
}
