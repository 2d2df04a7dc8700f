/**
 * Who leads, and who leads next. The members' own word counts; the name server's events are only the bell that says
 * when to listen, so that a name server that is down costs no more than some time.
 */
import { NAMESERVER_OBJECT } from '../defaults.js'
import { ms, type Clock } from '../ports.js'
import { parseUri, type Uri } from '../rpc/uri.js'
import type { Directory } from './directory.js'
import { Feed } from './feed.js'
import type { Probes } from './probes.js'
import { batchOf, type Batch } from './watch.js'

export interface LeaderFeedPorts {
  readonly leader: () => Promise<Uri | null>
  readonly directory: Directory
  readonly probes: Probes
  readonly clock: Clock
  /** The leader's name: `rollcall.leader`. */
  readonly name: string
  /** Called once, at the end. */
  readonly ended: () => void
}

/** The members are asked at least as often, in milliseconds: a leader's death is no event at the name server. */
const BELL_MS = 1000

/** How late an answer of the name server may be before another one is asked, and how long to pause then. */
const LATE_MS = 500
const PAUSE_MS = 250

/** First the leader at present, or null, then each change. */
export class LeaderFeed extends Feed<Uri | null> {
  readonly #ports: LeaderFeedPorts
  #last: Uri | null | undefined
  /** Where the name server's events have been followed to. */
  #heard: Pick<Batch, 'next' | 'history'> | undefined

  constructor(ports: LeaderFeedPorts) {
    super(ports.ended)
    this.#ports = ports
  }

  protected async pull(): Promise<Uri | null> {
    for (;;) {
      const now = await this.#ports.leader()
      if (now !== this.#last || this.isOver) return (this.#last = now)
      await this.#bell()
    }
  }

  async #bell(): Promise<void> {
    const { directory, probes, name, clock } = this.#ports
    const place = await directory.resolve(NAMESERVER_OBJECT).catch(() => undefined)
    if (place === undefined) return this.pause(clock, ms(PAUSE_MS))
    const { next = null, history = null } = this.#heard ?? {}
    const options = { topic: name, waitMs: BELL_MS, ...(history !== null && { history }) }
    const params = [NAMESERVER_OBJECT, next, options]
    try {
      const { address } = parseUri(place)
      this.#heard = batchOf(await probes.call(address, 'watch.next', params, BELL_MS + LATE_MS))
    } catch {
      this.#heard = undefined
      directory.forget(NAMESERVER_OBJECT, place)
      await this.pause(clock, ms(PAUSE_MS))
    }
  }
}
