/** Where the next attempt of one call goes: a leader that was named, else the members in turn, else the target. */
import type { Address } from '../../ports.js'
import type { RawCall } from '../channels/connection-options.js'
import { NotLeaderError } from '../errors.js'
import type { RollcallError } from '../errors.js'
import type { Target } from './target.js'
import { formatAddress, formatUri, parseUri } from '../uri.js'
import type { ObjectId, Uri } from '../uri.js'

/** What is asked on each new connection before any call, and rejects when calls must not go there. */
export interface Greeting {
  (call: RawCall, place: Address): Promise<void>
  /** Whoever is there is asked to pass calls on to the leader. Default: nobody is. */
  readonly isVia?: true
}

export interface Places {
  /** Where the name's object is now. May reject; it is asked again. */
  readonly resolve: (name: string) => Promise<Uri>
  /** The same, if it need not be asked for. Left out: it must. */
  readonly known?: (name: string) => Uri | undefined
  /** The URI that `resolve` gave for the name is of no use any more. */
  readonly forget: (name: string, uri: Uri) => void
  /**
   * For the connections of calls to that name, or to whoever holds an office. Undefined, or left out: whoever is there
   * will do, as at a place that the caller itself has named.
   */
  readonly greeting?: (name: string | undefined) => Greeting | undefined
}

export class Route {
  readonly #target: Target
  readonly #places: Places
  /** It leads to another object, wherever the target is. */
  readonly isOther: boolean
  #objectId: ObjectId | undefined
  #current: Uri | undefined
  #isResolved = false
  #hint: Uri | undefined
  /** Where the target is, as it was found before. */
  #found: Uri | undefined
  readonly #candidates: Uri[] = []

  /**
   * `objectId`: another object at the places where the target is. Default: the target
   * itself. `found`: where the target is, if that is known.
   */
  constructor(target: Target, places: Places, objectId?: ObjectId, found?: Uri) {
    this.#target = target
    this.#places = places
    this.#found = found
    this.#objectId = objectId
    this.isOther = objectId !== undefined
  }

  /** Where the attempt under way goes. Undefined: it is being found out. */
  get place(): Uri | undefined {
    return this.#current
  }

  /** The first attempt was made at `place`, where the target was known to be. */
  began(place: Uri, objectId: ObjectId): void {
    this.#current = place
    this.#objectId = objectId
    this.#isResolved = true
  }

  async next(): Promise<Uri> {
    const member = this.#hint ?? this.#candidates.shift()
    this.#hint = undefined
    this.#isResolved = member === undefined
    const current = member ?? this.#found ?? (await this.#resolve())
    this.#found = undefined
    this.#current = current
    const { objectId, address } = parseUri(current)
    // Those that share a name may each have an id of their own for it.
    if (this.#isResolved && !this.isOther) this.#objectId = objectId
    this.#objectId ??= objectId
    return this.#objectId === objectId ? current : formatUri(this.#objectId, address)
  }

  /**
   * Takes what the error says about where to go; `isGone`: the place is there, and the object is not. Whether the next
   * attempt can be made at once.
   */
  failed(error: RollcallError, isGone = false): boolean {
    const failed = this.#current
    // One that has not answered may be a process that is stopped: it may never answer.
    const isUseless = isGone || error.retry !== 'never' || error.outcome === 'unknown'
    if (failed !== undefined && this.#isResolved && 'name' in this.#target && isUseless) {
      this.#places.forget(this.#target.name, failed)
    }
    this.#current = undefined
    if ('find' in this.#target) {
      this.#objectId = undefined
      return false
    }
    if (!(error instanceof NotLeaderError) || this.#objectId === undefined) return false
    const { leader, members } = error.hint
    // What one member's own object was asked, the leader's own object can do.
    if (members.some((member) => parseUri(member).objectId === this.#objectId)) this.#objectId = undefined
    const here = failed === undefined ? undefined : formatAddress(parseUri(failed).address)
    const named = leader === null ? undefined : this.#at(leader)
    if (this.#candidates.length === 0) {
      this.#candidates.push(...members.map((member) => this.#at(member)).filter((uri) => uri !== failed))
    }
    // A member that names itself as the leader and yet does not lead is about to learn better: a pause, then.
    if (named === undefined || formatAddress(parseUri(named).address) === here) return false
    this.#hint = named
    return true
  }

  #resolve(): Promise<Uri> {
    if ('uri' in this.#target) return Promise.resolve(this.#target.uri)
    return 'find' in this.#target ? this.#target.find() : this.#places.resolve(this.#target.name)
  }

  /** This call's object at a member's address. */
  #at(member: Uri): Uri {
    return formatUri(this.#objectId ?? parseUri(member).objectId, parseUri(member).address)
  }
}
