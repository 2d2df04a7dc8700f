/**
 * The name servers as a client asks them: one first, the next one when it does not answer, or not soon. Each of a group
 * answers as its leader would.
 */
import { NAMESERVER_CLUSTER, NAMESERVER_OBJECT } from '../defaults.js'
import { isList, membersOf, textsIn, type Json } from '../json.js'
import type { Address, Clock } from '../ports.js'
import type { NameServerGroup } from '../publishing/name-server-group.js'
import type { RawCall } from '../rpc/channels/connection-options.js'
import type { CallMeta } from '../rpc/exposed.js'
import { InvalidParamsError, NameNotFoundError, UnreachableError } from '../rpc/errors.js'
import { isSamePlace } from '../rpc/loopback.js'
import { uri, type Uri } from '../rpc/uri.js'
import type { Discovery } from '../discovery/discovery.js'
import { firstAnswer } from './first-answer.js'
import { isLedBy } from './led.js'
import { NamesLeader } from './names-leader.js'
import { ASK_MS, type Probes } from './probes.js'

/** Where a name is. */
export interface Found {
  /** One at least. */
  readonly places: readonly [Uri, ...Uri[]]
  /** Several processes may have the name, or the tags. */
  readonly isShared: boolean
}

export interface NameLookupOptions {
  /** Asked for names. None: the members alone know. */
  readonly group: NameServerGroup
  readonly probes: Pick<Probes, 'call' | 'status'>
  readonly clock: Clock
  /** Finds more of them. Default: there are those that were given. */
  readonly discovery?: Pick<Discovery, 'found'> | undefined
}

/** One that has not answered by then may be gone with its host: the next one is asked beside it. Milliseconds. */
const NEXT_MS = 250

/** No worse than the leader's word, by whoever is asked. */
const AT_ANY: CallMeta = { consistency: 'follower' }

export class NameLookup {
  /** Whether a name server answered when one was last asked. */
  isAnswered = false
  readonly #options: NameLookupOptions
  readonly #leader: NamesLeader
  /** The name server to ask first, while it is one. */
  #first: Address | undefined

  constructor(options: NameLookupOptions) {
    this.#options = options
    this.#leader = new NamesLeader(options)
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
    return this.#inTurn[0]
  }

  /** Those that were given, and those that were found, or heard of. */
  get all(): readonly Address[] {
    return this.#options.group.all
  }

  /**
   * Where the next call goes that only the leader of a group answers: where the last one has failed, to whoever leads by
   * now, which is waited for. @throws as {@link given}
   */
  async toLeader(): Promise<Address> {
    const asked = this.#leader.find()
    const leader = asked && (await asked)
    if (leader === undefined) return this.toCall()
    this.#first = leader
    return leader
  }

  /** Where the next call goes that each of a group answers. @throws as {@link given} */
  toCall(): Address {
    const place = this.given
    this.#options.group.refresh(this.#raw(place), place)
    return place
  }

  /** A call there failed: if it was to be asked first, the next one is, or whoever leads. */
  turnFrom(place: Address): void {
    this.#leader.failed(place)
    const [first, next] = this.#inTurn
    if (first !== undefined && isSamePlace(first, place)) this.#first = next
    const { group } = this.#options
    group.refresh(this.#raw(place), place, true)
    if (next !== undefined) group.refresh(this.#raw(next), next, true)
  }

  /**
   * Whether that is the place of a name server, and another one of its group leads by now, as others say. Never rejects.
   */
  readonly isReplaced = (place: Address): Promise<boolean> => {
    const { probes, group } = this.#options
    return isLedBy(group.othersThan(place), (member) => probes.status(member, NAMESERVER_CLUSTER, ASK_MS))
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
    await this.#options.discovery?.found('nameserver')
    try {
      const found = await this.#ask((place) => this.#record(place, name, timeoutMs))
      this.isAnswered = true
      return found
    } catch (error) {
      this.isAnswered = error instanceof NameNotFoundError
      if (!this.isAnswered) unanswered(error)
      return undefined
    }
  }

  /** The names that are registered with all of these tags, or begin so, and where they are. @throws RollcallError */
  async list(options: {
    readonly all?: readonly string[]
    readonly prefix?: string
    readonly regex?: string
  }): Promise<readonly { readonly name: string; readonly places: readonly Uri[] }[]> {
    const { all, prefix, regex } = options
    const wanted = {
      ...(all && { all }),
      ...(prefix !== undefined && { prefix }),
      ...(regex !== undefined && { regex }),
    }
    const records = await this.#ask((place) => this.#call(place, 'list', [wanted], ASK_MS))
    return (isList(records) ? records : []).flatMap((record) => {
      const { name } = membersOf(record)
      const { places } = foundIn(record) ?? {}
      return typeof name === 'string' && places !== undefined ? [{ name, places }] : []
    })
  }

  /** From the first on; those last at which nobody was found: to dial there may take long. */
  get #inTurn(): readonly Address[] {
    const { all } = this
    const first = this.#first
    const at = first === undefined ? 0 : all.findIndex((each) => isSamePlace(each, first))
    const inTurn = at > 0 ? [...all.slice(at), ...all.slice(0, at)] : all
    const isSilent = (place: Address): boolean => this.#options.group.isSilent(place)
    return [...inTurn.filter((each) => !isSilent(each)), ...inTurn.filter(isSilent)]
  }

  /** Whoever answers is asked first from then on. @throws what the last of them does, when none answers */
  #ask<T>(ask: (place: Address) => Promise<T>): Promise<T> {
    const places = this.#inTurn
    if (places.length === 0) return Promise.resolve().then(() => ask(this.given))
    // What one was asked while the group had no leader it may not answer, and would be asked again.
    const twice = places.length === 1 ? places : [...places, ...places]
    const isAnswer = (error: unknown): boolean => error instanceof NameNotFoundError
    const answered = (place: Address): void => void (this.#first = place)
    return firstAnswer(twice, ask, { clock: this.#options.clock, nextMs: NEXT_MS, isAnswer, answered })
  }

  /** A name server of an earlier build knows no second parameter, and says where the name is. */
  async #record(place: Address, name: string, timeoutMs: number): Promise<Found> {
    const found = foundIn(
      await this.#call(place, 'lookup', [name, { record: true }], timeoutMs).catch((error: unknown) => {
        if (!(error instanceof InvalidParamsError)) throw error
        return this.#call(place, 'lookup', [name], timeoutMs)
      }),
    )
    if (found === undefined) throw new UnreachableError(`what answers as the name server names no place`)
    return found
  }

  async #call(place: Address, method: string, params: readonly Json[], timeoutMs: number): Promise<Json> {
    const { probes, group } = this.#options
    const within = Math.min(timeoutMs, ASK_MS)
    const raw = this.#raw(place)
    await group.demand(raw, place)
    const call = probes.call(place, `${NAMESERVER_OBJECT}.${method}`, params, within, AT_ANY)
    const answer = await call.catch((error: unknown) => {
      if (error instanceof UnreachableError) group.failed(place)
      throw error
    })
    group.refresh(raw, place)
    return answer
  }

  #raw(place: Address): RawCall {
    const { probes, group } = this.#options
    return (method, params) =>
      probes.call(place, method, params, ASK_MS).catch((error: unknown) => {
        if (error instanceof UnreachableError) group.failed(place)
        throw error
      })
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
