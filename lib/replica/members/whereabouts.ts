/**
 * Where the other members are: where the configuration says or, until it says otherwise than now, where the member
 * itself has said. A leader has to reach a member that has moved before it can be elected, or commit its new address.
 * Where all have moved at once nobody can say so to anybody: who is not there is looked for elsewhere, and has to prove
 * who it is.
 */
import { uriIn } from '../../raft/quorum.js'
import { isSamePlace } from '../../rpc/loopback.js'
import { parseUri } from '../../rpc/uri.js'
import type { RaftView, ServerId } from '../../raft/types.js'
import { toldOf } from './told-of.js'

interface Said {
  readonly uri: string
  /** What the configuration said then. */
  readonly insteadOf: string | undefined
}

export class Whereabouts {
  readonly #said = new Map<ServerId, Said>()
  readonly #last = new Map<ServerId, string>()

  /** `elsewhere`: where else the member may be, by what this process was told, or by a name server. */
  constructor(
    private readonly view: () => RaftView,
    private readonly elsewhere: (id: ServerId) => readonly string[] = () => [],
  ) {}

  /** The member itself has said that it is there. */
  moved(id: ServerId, uri: string): void {
    this.#said.set(id, { uri, insteadOf: this.#configured(id) })
  }

  /**
   * Nobody is there, or somebody else: the next place is tried. Whether there is one. A member that the log does not
   * pin could not prove who it is: of two clusters of one name that are being founded, one could take the other's for
   * its own.
   */
  notThere(id: ServerId): boolean {
    if (!this.view().pins.has(id)) return false
    const configured = this.#configured(id)
    if (configured === undefined) return false
    const places = distinct([configured, ...this.elsewhere(id)])
    if (places.length === 1) return false
    const tried = this.uriOf(id) ?? configured
    const next = places[(places.findIndex((place) => isSame(place, tried)) + 1) % places.length]
    if (next !== undefined) this.moved(id, next)
    return true
  }

  /** The member was removed, and nobody speaks to it any more. */
  forget(id: ServerId): void {
    this.#said.delete(id)
    this.#last.delete(id)
  }

  /** Undefined when nobody has said. Who has just been removed is told so where it was. */
  uriOf(id: ServerId): string | undefined {
    const configured = this.#configured(id)
    const said = this.#said.get(id)
    if (said !== undefined && said.insteadOf !== configured) this.#said.delete(id)
    const uri = this.#said.get(id)?.uri ?? configured ?? this.#last.get(id)
    if (uri !== undefined) this.#last.set(id, uri)
    return uri
  }

  #configured(id: ServerId): string | undefined {
    const view = this.view()
    return uriIn(view.configuration, id) ?? uriIn(toldOf(view), id)
  }
}

function isSame(one: string, other: string): boolean {
  return isSamePlace(parseUri(one).address, parseUri(other).address)
}

/** Another word for a place is no other place. */
function distinct(places: readonly string[]): readonly string[] {
  return places.filter((place, at) => places.findIndex((other) => isSame(other, place)) === at)
}
