/** Queries that may take long run in slices, in turns by whoever asks, and what else comes in is served between two. */
import type { Clock } from '../../ports.js'
import { OverloadedError } from '../../rpc/errors.js'
import { FairQueue, waiterOf } from '../../rpc/answering/fair-queue.js'
import type { CallContext } from '../../rpc/exposed.js'
import { Slices } from '../../rpc/slices.js'
import type { Steps } from '../objects/stepwise.js'
import { withoutStack } from '../../without-stack.js'

/** How long they run before other input is let through. Milliseconds. */
const SLICE_MS = 3
/** So many are under way at a time, and have their slices in turn: what one has gathered is in memory. */
const AT_ONCE = 4
const LONG_QUERIES_WAITING_MAX = 64

interface LongQuery {
  readonly work: Steps<void>
  /** Somebody waits for it. */
  isWanted(): boolean
  abandon(): void
}

export class LongQueries {
  readonly #clock: Clock
  /** In the order in which their turns come. */
  readonly #underWay: LongQuery[] = []
  readonly #waiting = new FairQueue<LongQuery>(LONG_QUERIES_WAITING_MAX)
  readonly #slices: Slices

  constructor(clock: Clock) {
    this.#clock = clock
    this.#slices = new Slices(clock, SLICE_MS, () => this.#runSome())
  }

  /**
   * Resolves to what `steps` comes to. Rejects with what it throws, and with OVERLOADED when too many wait, or too many
   * of the same connection.
   */
  run<T>(name: string, steps: Steps<T>, { connection, deadline }: CallContext): Promise<T> {
    return new Promise((resolve, reject) => {
      const work = settling(steps, resolve, reject)
      const query: LongQuery = {
        work,
        isWanted: () => connection.isGone !== true && this.#clock.now() < (deadline ?? Infinity),
        abandon: () => {
          work.return()
          reject(
            withoutStack(
              () => new OverloadedError(`${name} was not run: there was no time for it; ask again later`),
            ),
          )
        },
      }
      if (!this.#waiting.put(waiterOf(connection), query)) reject(tooMany(name))
      this.#fill()
      this.#slices.plan()
    })
  }

  #fill(): void {
    while (this.#underWay.length < AT_ONCE) {
      const query = this.#waiting.take()
      if (query === undefined) return
      this.#underWay.push(query)
    }
  }

  #runSome(): boolean {
    while (this.#slices.hasRoom()) {
      const query = this.#underWay.shift()
      if (query === undefined) return false
      if (!query.isWanted()) query.abandon()
      else if (!this.#isDone(query.work)) this.#underWay.push(query)
      this.#fill()
    }
    return this.#underWay.length > 0
  }

  /** Goes on until all is done, or the slice is over. */
  #isDone(work: Steps<void>): boolean {
    do {
      if (work.next().done === true) return true
    } while (this.#slices.hasRoom())
    return false
  }
}

function* settling<T>(
  steps: Steps<T>,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): Steps<void> {
  try {
    resolve(yield* steps)
  } catch (error) {
    reject(error)
  }
}

function tooMany(name: string): OverloadedError {
  return withoutStack(
    () =>
      new OverloadedError(
        `${name} was not run: too many long queries wait, or too many of this connection; ask again later`,
      ),
  )
}
