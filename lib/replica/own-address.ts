/** A member that was started at another address tells the leader, until the configuration says so too. */
import type { Json } from '../json.js'
import type { Clock, Logger, Timer } from '../ports.js'
import { ms } from '../ports.js'
import { membersOf } from '../raft/quorum.js'
import type { RaftView, ServerId } from '../raft/types.js'

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

  constructor(private readonly options: OwnAddressOptions) {}

  end(): void {
    this.#timer?.cancel()
  }

  /** To be called when the leader or the configuration has changed. Goes on by itself until it is done. */
  check(): void {
    const { uri, view, tell, clock, logger } = this.options
    const { id, configuration, leaderId } = view()
    const known = configuration.uris[id]
    if (leaderId === undefined || known === uri || this.#isAsking || !membersOf(configuration).includes(id))
      return
    logger.info(
      `the members know this one at ${known ?? 'no address'}: telling ${leaderId} that it is ${uri}`,
    )
    this.#isAsking = true
    const again = () => {
      this.#isAsking = false
      this.#timer = clock.after(ms(PAUSE_MS), () => this.check())
    }
    tell(leaderId, uri).then(again, again)
  }
}
