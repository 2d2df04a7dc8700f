/** A member that was started at another address tells the leader, until a committed configuration says so too. */
import type { Json } from '../../json.js'
import type { Clock, Logger, Timer } from '../../ports.js'
import { ms } from '../../ports.js'
import { membersOf, uriIn } from '../../raft/quorum.js'
import type { RaftView, ServerId } from '../../raft/types.js'

export interface OwnAddressOptions {
  readonly uri: string
  readonly view: () => RaftView
  readonly clock: Clock
  readonly logger: Logger
  /** Tells the member `to`, which leads as far as is known; perhaps this one. */
  readonly tell: (to: ServerId, uri: string) => Promise<Json>
}

const PAUSE_MS = 250

export class OwnAddress {
  #timer: Timer | undefined
  #isAsking = false
  #hasEnded = false
  #hasSaid = false

  constructor(private readonly options: OwnAddressOptions) {}

  end(): void {
    this.#hasEnded = true
    this.#timer?.cancel()
  }

  /**
   * To be called at the start, and when the leader or the configuration has changed. Goes on by itself until it is
   * done: a leader that knows only the old address can't make itself known here.
   */
  check(): void {
    if (this.#hasEnded) return
    this.#timer?.cancel()
    const { uri, clock } = this.options
    if (this.#isAsking || this.#isKnown()) return
    this.#say()
    this.#isAsking = true
    void Promise.allSettled(this.#whoMayLead().map((to) => this.options.tell(to, uri))).then(() => {
      this.#isAsking = false
      if (this.#hasEnded) return
      this.#timer = clock.after(ms(PAUSE_MS), () => this.check())
    })
  }

  /**
   * What stands only at the end of this member's own log the others need not know: it may have written that as the
   * leader, and no one of those who lead now can reach it.
   */
  #isKnown(): boolean {
    const { id, configuration, configurations } = this.options.view()
    if (!membersOf(configuration).includes(id)) return true
    const places = configurations.map((each) => uriIn(each, id))
    return places.every((place) => place === undefined || place === this.options.uri)
  }

  /** The leader, or everyone while none is known. */
  #whoMayLead(): readonly ServerId[] {
    const { id, configuration, leaderId } = this.options.view()
    if (leaderId !== undefined) return [leaderId]
    return membersOf(configuration).filter((member) => member !== id)
  }

  #say(): void {
    const { id, configuration } = this.options.view()
    const [known, { uri, logger }] = [uriIn(configuration, id), this.options]
    if (this.#hasSaid || known === uri) return
    this.#hasSaid = true
    logger.info(`the members know this one at ${known ?? 'no address'}: telling them ${uri}`)
  }
}
