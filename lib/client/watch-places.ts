/** Where events are watched: any member serves them, so one that answers, and another one when it does not. */
import { NAMESERVER_OBJECT } from '../defaults.js'
import type { Random } from '../ports.js'
import { NoQuorumError, UnreachableError } from '../rpc/errors.js'
import { formatUri, parseUri, uri, type Uri } from '../rpc/uri.js'
import type { Directory } from './directory.js'
import { nobodyLeads, otherCluster, refused, type MemberView } from './views.js'

/** The object that tells what happens to the others. */
const WATCH_OBJECT = 'watch'

/** How long a member may take to say how it is, in milliseconds. */
const ASK_MS = 1000

type Places = Pick<Directory, 'resolve' | 'forget' | 'views' | 'missing'>

/** The `resolve` and `forget` of a caller whose targets are names of objects that are watched. */
export class WatchPlaces {
  readonly #directory: Places
  readonly #random: Random
  /** The member that all watches of this client share. */
  #chosen: Promise<Uri> | undefined
  #failed: Uri | undefined

  constructor(directory: Places, random: Random) {
    this.#directory = directory
    this.#random = random
  }

  readonly resolve = async (object: string): Promise<Uri> => {
    if (object === NAMESERVER_OBJECT) return watchAt(await this.#directory.resolve(object))
    if (this.#chosen !== undefined) return this.#chosen
    const choosing = this.#choose()
    this.#chosen = choosing
    choosing.catch(() => (this.#chosen = undefined))
    return choosing
  }

  readonly forget = (object: string, failed: Uri): void => {
    if (object === NAMESERVER_OBJECT) this.#directory.forget(object, failed)
    else void this.#forgetChosen(failed)
  }

  async #forgetChosen(failed: Uri): Promise<void> {
    const chosen = this.#chosen
    if (chosen === undefined || (await chosen.catch(() => undefined)) !== failed) return
    this.#failed = failed
    if (this.#chosen === chosen) this.#chosen = undefined
  }

  async #choose(): Promise<Uri> {
    const views = await this.#directory.views(ASK_MS)
    const places = views.filter(isInContact).map((view) => watchAt(uri(view.uri)))
    const others = places.filter((place) => place !== this.#failed)
    const choice = others.length > 0 ? others : places
    const place = choice[this.#random.below(Math.max(1, choice.length))]
    if (place !== undefined) return place
    if (views.some((view) => view.reachable))
      throw new NoQuorumError(`events can not be watched: ${nobodyLeads(views)}`)
    const missing = otherCluster(views) ?? refused(views) ?? (await this.#directory.missing(views))
    if (missing !== undefined) throw missing
    const asked = views.map((view) => view.uri).join(', ')
    throw (
      otherCluster(views) ?? new UnreachableError(`events can not be watched: no member answers at ${asked}`)
    )
  }
}

/** A member without a leader does not hear of what happens. */
function isInContact(view: MemberView): boolean {
  return view.reachable && view.leader !== null
}

function watchAt(place: Uri): Uri {
  return formatUri(WATCH_OBJECT, parseUri(place).address)
}
