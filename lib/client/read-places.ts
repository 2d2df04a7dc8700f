/**
 * Where queries run that any member may answer (`stale`, `follower`): at one member after another, of those that can be
 * reached.
 */
import { NAMESERVER_OBJECT } from '../defaults.js'
import { isList } from '../json.js'
import type { Clock, Random } from '../ports.js'
import { formatUri, parseUri, uri, type Uri } from '../rpc/uri.js'
import type { Directory } from './directory.js'
import type { Probes } from './probes.js'
import { isUri } from './reference.js'
import { Spread } from './spread.js'
import type { MemberView } from './views.js'

/** How long a member may take to say how it is, in milliseconds. */
const ASK_MS = 1_000

export interface ReadPlacesOptions {
  readonly directory: Pick<Directory, 'resolve' | 'anyNameServer' | 'forget' | 'views'>
  readonly probes: Pick<Probes, 'call'>
  readonly clock: Clock
  readonly random: Random
}

/** The `resolve`, `known` and `forget` of a caller of such queries. */
export class ReadPlaces {
  readonly #options: ReadPlacesOptions
  readonly #spreads = new Map<string, Spread>()

  constructor(options: ReadPlacesOptions) {
    this.#options = options
  }

  /** What is no object of the cluster's members is where it is. */
  readonly resolve = async (name: string): Promise<Uri> => {
    const known = this.#spreads.get(name)
    if (known !== undefined) return known.next()
    const { directory, clock, random } = this.#options
    if (name === NAMESERVER_OBJECT) return directory.anyNameServer()
    const places = isUri(name) ? [] : await this.#placesOf(name)
    if (places.length === 0) return directory.resolve(name)
    const ask = (): Promise<readonly Uri[]> => this.#placesOf(name).catch(() => [])
    const spread = new Spread(places, { clock, random, ask })
    this.#spreads.set(name, spread)
    return spread.next()
  }

  readonly known = (name: string): Uri | undefined => this.#spreads.get(name)?.next()

  readonly forget = (name: string, failed: Uri): void => {
    const spread = this.#spreads.get(name)
    if (spread === undefined) this.#options.directory.forget(name, failed)
    else spread.leaveOut(failed)
  }

  async #placesOf(name: string): Promise<readonly Uri[]> {
    const { directory, probes } = this.#options
    const reachable = (await directory.views(ASK_MS)).filter((view) => view.reachable)
    const inContact = reachable.filter((view) => view.leader !== null)
    const [first, ...others] = (inContact.length > 0 ? inContact : reachable).map(addressOf)
    if (first === undefined) return []
    const objects = await probes.call(first, 'daemon.objects', [], ASK_MS)
    if (!isList(objects) || !objects.includes(name)) return []
    return [first, ...others].map((address) => formatUri(name, address))
  }
}

const addressOf = (view: MemberView) => parseUri(uri(view.uri)).address
