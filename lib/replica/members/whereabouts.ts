/**
 * Where the other members are: where the configuration says or, until it says otherwise than now, where the member itself
 * has said. A leader has to reach a member that has moved before it can be elected, or commit its new address.
 */
import { uriIn } from '../../raft/quorum.js'
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

  constructor(private readonly view: () => RaftView) {}

  /** The member itself has said that it is there. */
  moved(id: ServerId, uri: string): void {
    this.#said.set(id, { uri, insteadOf: this.#configured(id) })
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
