/** The name servers as a client asks them: one at a time, the next one when it does not answer. */
import { NAMESERVER_OBJECT } from '../defaults.js'
import type { Address } from '../ports.js'
import { InvalidParamsError, NameNotFoundError } from '../rpc/errors.js'
import { uri, type Uri } from '../rpc/uri.js'
import type { Probes } from './probes.js'

export interface NameLookupOptions {
  /** Asked for names. None: the members alone know. */
  readonly nameservers: readonly Address[]
  readonly probes: Pick<Probes, 'call'>
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
    throw new InvalidParamsError(
      'no name server was given beside the members: say where it is, with --nameserver HOST:PORT',
    )
  }

  /** The one to ask first. Undefined: none was given. */
  get first(): Address | undefined {
    const { nameservers } = this.#options
    return nameservers[this.#turn % nameservers.length]
  }

  /** The first one is of no use: the next one is asked first. */
  turn(): void {
    this.#turn++
  }

  /** Undefined when the name is not registered or no name server answers: the members are asked then. */
  async lookup(
    name: string,
    timeoutMs = ASK_MS,
    unanswered: (why: unknown) => void = () => undefined,
  ): Promise<Uri | undefined> {
    let why: unknown
    for (let left = this.#options.nameservers.length; left > 0; left--) {
      try {
        const found = await this.#options.probes.call(
          this.given,
          `${NAMESERVER_OBJECT}.lookup`,
          [name],
          Math.min(timeoutMs, ASK_MS),
        )
        this.isAnswered = true
        if (typeof found === 'string') return uri(found)
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
}
