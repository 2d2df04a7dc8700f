/** The watches of a client: each begins when it is asked for, and all end with the client. */
import type { Clock } from '../ports.js'
import { checkOptions, checkValue, TEXT } from '../rpc/options.js'
import type { Uri } from '../rpc/uri.js'
import type { Directory } from './directory.js'
import type { Feed } from './feed.js'
import { jsonOf } from './json-result.js'
import { LeaderFeed } from './leader-feed.js'
import type { Probes } from './probes.js'
import { EventWatch, WATCH_RULES, type Poll, type Watch, type WatchOptions } from './watch.js'
import type { Watchers } from './watchers.js'

export interface FeedsParts {
  readonly cluster: string
  readonly directory: Directory
  readonly probes: Probes
  readonly watchers: Watchers
  readonly clock: Clock
  readonly leader: () => Promise<Uri | null>
  /** How long the first answer of a watch may take, in milliseconds. */
  readonly timeoutMs: number
}

export class Feeds {
  readonly #parts: FeedsParts
  readonly #feeds = new Set<Feed<unknown>>()

  constructor(parts: FeedsParts) {
    this.#parts = parts
  }

  /** As `rollcall.watch`. */
  watch(object: string, options: WatchOptions = {}): Watch {
    checkValue('watch: the object', object, TEXT)
    checkOptions('watch', options, WATCH_RULES)
    const { watchers, clock, timeoutMs } = this.#parts
    const { caller, end } = watchers.begin()
    const poll: Poll = async (from, filter, call) =>
      jsonOf(await caller.call({ name: object }, 'next', [object, from, filter], call), 'next')
    const ended = (): void => {
      end()
      this.#feeds.delete(watch)
    }
    const watch: EventWatch = new EventWatch({ poll, clock, timeoutMs, ended }, { ...options })
    this.#feeds.add(watch)
    return watch
  }

  /** As `rollcall.watchLeader`. */
  watchLeader(): LeaderFeed {
    const { cluster, directory, probes, clock, leader } = this.#parts
    const feed: LeaderFeed = new LeaderFeed({
      directory,
      probes,
      clock,
      name: `${cluster}.leader`,
      leader,
      ended: () => this.#feeds.delete(feed),
    })
    this.#feeds.add(feed)
    return feed
  }

  close(): void {
    for (const feed of this.#feeds) void feed.return()
  }
}
