/**
 * Who polls for the watches of a client. A member reads 1,024 calls of one connection at a time and no further, and
 * each watch is one that waits: so many watches share a connection, and beyond there is another one.
 */
import type { Caller } from '../rpc/calling/caller.js'

/** Below a member's own limit, so that what is called beside is read. */
const WATCHES_MAX = 1_000

type WatchCaller = Pick<Caller, 'call' | 'close'>

interface Watcher {
  readonly caller: WatchCaller
  watches: number
}

/** A watch's own part of one. */
export interface Watching {
  readonly caller: WatchCaller
  /** The watch is over. To be called once. */
  readonly end: () => void
}

export class Watchers {
  readonly #create: () => WatchCaller
  readonly #watchers: Watcher[] = []
  #isClosed = false

  constructor(create: () => WatchCaller) {
    this.#create = create
  }

  /** Closed, it gives one whose calls are refused. */
  begin(): Watching {
    const watcher = this.#watchers.find(({ watches }) => watches < WATCHES_MAX) ?? this.#another()
    watcher.watches += 1
    return { caller: watcher.caller, end: () => void (watcher.watches -= 1) }
  }

  close(): void {
    this.#isClosed = true
    for (const { caller } of this.#watchers) caller.close()
  }

  #another(): Watcher {
    const watcher = { caller: this.#create(), watches: 0 }
    if (this.#isClosed) watcher.caller.close()
    this.#watchers.push(watcher)
    return watcher
  }
}
