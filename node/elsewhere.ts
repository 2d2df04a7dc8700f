/**
 * Where the other members may be when they are not where the configuration says: all may have moved at once, and then
 * nobody is left who could say so. What this process was told, and what the name servers have, is tried; who is there
 * still has to prove that it is that member.
 */
import { nameInCluster } from '../lib/names.js'
import type { Discovery } from '../lib/discovery/discovery.js'
import type { Clock, Ms } from '../lib/ports.js'
import { NameNotFoundError } from '../lib/rpc/errors.js'
import { parseUri } from '../lib/rpc/uri.js'

export interface ElsewhereOptions {
  readonly cluster: string
  /** As this process was told at this start. */
  readonly members: readonly string[]
  /** Finds members on the local network. Default: nobody looks for any. */
  readonly discovery?: Pick<Discovery, 'membersOf'> | undefined
  readonly clock: Clock
}

export type Lookup = (name: string) => Promise<string>

/** A name server is asked no more often about each member. Milliseconds. */
const ASK_AGAIN_MS = 5_000

export class Elsewhere {
  /** Set once the name servers can be asked. */
  lookup: Lookup | undefined
  readonly #options: ElsewhereOptions
  readonly #recorded = new Map<string, string>()
  readonly #askedAt = new Map<string, Ms>()

  constructor(options: ElsewhereOptions) {
    this.#options = options
  }

  /** What is known now. What a name server has is known the next time. */
  readonly placesOf = (id: string): readonly string[] => {
    void this.#ask(id)
    const { members, discovery, cluster } = this.#options
    const told = [...members, ...(discovery?.membersOf(cluster) ?? [])].filter((uri) => isPlaceOf(id, uri))
    const recorded = this.#recorded.get(id)
    return [...new Set([...told, ...(recorded === undefined ? [] : [recorded])])]
  }

  async #ask(id: string): Promise<void> {
    const { clock, cluster } = this.#options
    const askedAt = this.#askedAt.get(id)
    if (this.lookup === undefined || (askedAt !== undefined && clock.now() - askedAt < ASK_AGAIN_MS)) return
    this.#askedAt.set(id, clock.now())
    const { lookup } = this
    try {
      const found = await lookup(nameInCluster(cluster, id))
      if (isPlaceOf(id, found)) this.#recorded.set(id, found)
      else this.#recorded.delete(id)
    } catch (error) {
      // What a name server that does not answer would say is not known.
      if (error instanceof NameNotFoundError) this.#recorded.delete(id)
    }
  }
}

/** A name may stand for anything. */
function isPlaceOf(id: string, found: string): boolean {
  try {
    return parseUri(found).objectId === id
  } catch {
    return false
  }
}
