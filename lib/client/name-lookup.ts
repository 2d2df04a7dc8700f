/** The name servers as a client asks them: one at a time, the next one when it does not answer. */
import { NAMESERVER_OBJECT } from '../defaults.js'
import { isList, membersOf, textsIn, type Json } from '../json.js'
import type { Address } from '../ports.js'
import { InvalidParamsError, NameNotFoundError, UnreachableError } from '../rpc/errors.js'
import { uri, type Uri } from '../rpc/uri.js'
import type { Discovery } from '../discovery/discovery.js'
import type { Probes } from './probes.js'

/** Where a name is. */
export interface Found {
  /** One at least. */
  readonly places: readonly [Uri, ...Uri[]]
  /** Several processes may have the name, or the tags. */
  readonly isShared: boolean
}

export interface NameLookupOptions {
  /** Asked for names. None: the members alone know. */
  readonly nameservers: readonly Address[]
  readonly probes: Pick<Probes, 'call'>
  /** Finds more of them. Default: there are those that were given. */
  readonly discovery?: Pick<Discovery, 'nameservers' | 'found'> | undefined
}

/** How long one process's answer is waited for before the next is asked, in milliseconds. */
export const ASK_MS = 1000

export class NameLookup {
  /** Whether a name server answered when one was last asked. */
  isAnswered = false
  readonly #options: NameLookupOptions
  /** The name server to ask first: an index that grows when one does not answer. */
  #turn = 0

  constructor(options: NameLookupOptions) {
    this.#options = options
  }

  /** @throws InvalidParamsError where none was given: another cluster's may be on this machine */
  get given(): Address {
    const place = this.first
    if (place !== undefined) return place
    if (this.#options.discovery !== undefined)
      throw new UnreachableError('mDNS has found no name server; the call was not sent')
    throw new InvalidParamsError(
      'no name server was given beside the members: say where it is, with --nameserver HOST:PORT',
    )
  }

  /** The one to ask first. Undefined: none was given. */
  get first(): Address | undefined {
    const all = this.all
    return all[this.#turn % all.length]
  }

  /** Those that were given, and those that were found. */
  get all(): readonly Address[] {
    const { nameservers, discovery } = this.#options
    return discovery === undefined ? nameservers : [...nameservers, ...discovery.nameservers]
  }

  /** The first one is of no use: the next one is asked first. */
  turn(): void {
    this.#turn++
  }

  /** Undefined when the name is not registered or no name server answers: the members are asked then. */
  async lookup(name: string, timeoutMs = ASK_MS): Promise<Uri | undefined> {
    return (await this.find(name, timeoutMs))?.places[0]
  }

  /** As {@link lookup}, with all places of a shared name. `unanswered`: told why, when no name server answers. */
  async find(
    name: string,
    timeoutMs = ASK_MS,
    unanswered: (why: unknown) => void = () => undefined,
  ): Promise<Found | undefined> {
    let why: unknown
    await this.#options.discovery?.found('nameserver')
    for (let left = this.all.length; left > 0; left--) {
      try {
        const found = foundIn(await this.#record(name, timeoutMs))
        this.isAnswered = true
        if (found !== undefined) return found
      } catch (error) {
        this.isAnswered = error instanceof NameNotFoundError
        if (this.isAnswered) return undefined
        why = error
      }
      this.turn()
    }
    unanswered(why)
    return undefined
  }

  /** The names that are registered with all of these tags, or begin so, and where they are. @throws RollcallError */
  async list(options: {
    readonly all?: readonly string[]
    readonly prefix?: string
  }): Promise<readonly { readonly name: string; readonly places: readonly Uri[] }[]> {
    const { all, prefix } = options
    const wanted = { ...(all && { all }), ...(prefix !== undefined && { prefix }) }
    const records = await this.#ask('list', [wanted], ASK_MS)
    return (isList(records) ? records : []).flatMap((record) => {
      const { name } = membersOf(record)
      const { places } = foundIn(record) ?? {}
      return typeof name === 'string' && places !== undefined ? [{ name, places }] : []
    })
  }

  /** A name server of an earlier build knows no second parameter, and says where the name is. */
  async #record(name: string, timeoutMs: number): Promise<Json> {
    try {
      return await this.#ask('lookup', [name, { record: true }], timeoutMs)
    } catch (error) {
      if (!(error instanceof InvalidParamsError)) throw error
      return this.#ask('lookup', [name], timeoutMs)
    }
  }

  #ask(method: string, params: readonly Json[], timeoutMs: number): Promise<Json> {
    const { probes } = this.#options
    return probes.call(this.given, `${NAMESERVER_OBJECT}.${method}`, params, Math.min(timeoutMs, ASK_MS))
  }
}

/**
 * In a record, or the URI alone, as name servers of an earlier build answer. @throws InvalidParamsError for what is no
 * URI
 */
function foundIn(answer: Json): Found | undefined {
  const { uri: single, uris } = membersOf(answer)
  const [first, ...others] = uris === undefined ? textsIn([single ?? answer]) : textsIn(uris)
  if (first === undefined) return undefined
  return { places: [uri(first), ...others.map(uri)], isShared: uris !== undefined }
}
