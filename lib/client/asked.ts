/** Who was asked where a name is, in words, when nobody could say. */
import type { Discovery } from '../discovery/discovery.js'
import type { Address } from '../ports.js'
import { NoQuorumError, TlsError, UnreachableError } from '../rpc/errors.js'
import { isOnThisMachine } from '../rpc/loopback.js'
import { formatAddress, parseUri, uri, type Uri } from '../rpc/uri.js'
import { NobodyElseError } from './misspelling.js'
import type { NameLookup } from './name-lookup.js'
import type { Probes } from './probes.js'
import { nobodyLeads, type MemberView } from './views.js'

export interface AskedParts {
  readonly cluster: string
  readonly names: Pick<NameLookup, 'all' | 'isAnswered'>
  readonly probes: Pick<Probes, 'refusalAt'>
  /** Members that were asked before any was known otherwise. */
  readonly seeds: readonly Uri[]
  readonly discovery?: Discovery | undefined
}

export class Asked {
  readonly #parts: AskedParts

  constructor(parts: AskedParts) {
    this.#parts = parts
  }

  /** A loopback address that came from another machine means that machine, and leads nobody else there. */
  isMisleading(place: Uri): boolean {
    if (!isOnThisMachine(parseUri(place).address)) return false
    return this.#elsewhere !== undefined
  }

  /** Neither a name server nor one of these members, of which none leads. */
  nobodyCanSay(name: string, views: readonly MemberView[]): Error {
    const { cluster, names } = this.#parts
    if (views.some((view) => view.reachable))
      return new NoQuorumError(
        `"${name}" can't be reached: of the cluster "${cluster}" ${nobodyLeads(views)}`,
      )
    const sentence = `"${name}" can't be found: ${this.#who(views)}${this.#advice(views)}`
    const refusal = this.#refusal(views)
    // Nobody else is there, and to ask these again would come to the same.
    if (refusal !== undefined)
      return new TlsError(`${sentence}: ${refusal.message}`, { data: refusal.data, cause: refusal })
    return names.isAnswered ? new NobodyElseError(sentence) : new UnreachableError(sentence)
  }

  /** A place on another machine where the cluster is asked for. */
  get #elsewhere(): Address | undefined {
    const { names, seeds } = this.#parts
    const asked = [...names.all, ...seeds.map((seed) => parseUri(seed).address)]
    return asked.find((address) => !isOnThisMachine(address))
  }

  #who(views: readonly MemberView[]): string {
    const silent = views.filter((view) => view.reachable || view.cluster === undefined)
    const members = silent.map((view) => view.uri).join(', ')
    const noMember = members === '' ? 'no member is known' : `no member answers at ${members}`
    const others = views.filter((view) => !silent.includes(view))
    const elsewhere = others.map(
      ({ uri: place, cluster }) => `; ${place} belongs to the cluster "${cluster}"`,
    )
    const unbelieved = this.#parts.discovery?.unbelieved ?? ''
    return `${this.#noName}, and ${noMember}${elsewhere.join('')}${unbelieved}`
  }

  #refusal(views: readonly MemberView[]): TlsError | undefined {
    const { names, probes } = this.#parts
    const asked = [...names.all, ...views.map((view) => parseUri(view.uri).address)]
    return asked.map((place) => probes.refusalAt(place)).find((refusal) => refusal !== undefined)
  }

  get #noName(): string {
    const { names, discovery } = this.#parts
    const places = names.all.map(formatAddress).join(', ')
    if (places === '') return discovery ? 'mDNS has found no name server' : 'no name server was given'
    return names.isAnswered ? `no name server at ${places} knows it` : `no name server answers at ${places}`
  }

  #advice(views: readonly MemberView[]): string {
    const elsewhere = this.#elsewhere
    const misleading = views.find((view) => !view.reachable && this.isMisleading(uri(view.uri)))
    if (misleading === undefined || elsewhere === undefined) return ''
    return (
      `; ${misleading.uri} is an address of each machine for itself, and came from ${formatAddress(elsewhere)}: ` +
      `start the member with --advertise and the name or address under which others reach it`
    )
  }
}
