/**
 * The way to a leader that this client can't reach, while others can: through one of the members that follow it, which
 * passes its calls on. Now and then it is looked whether that is needed still.
 */
import type { Clock } from '../ports.js'
import type { Uri } from '../rpc/uri.js'

export interface ThroughOptions {
  readonly clock: Pick<Clock, 'now'>
  /** Whether the leader can be reached by now, or another one leads. Never rejects. */
  readonly isOver: () => Promise<boolean>
  /** So it is. */
  readonly over: () => void
}

/** So long a way around is gone before it is looked whether the straight one is open. Milliseconds. */
const LOOK_AGAIN_MS = 2_000

export class Through {
  readonly #options: ThroughOptions
  #lookedAt: number

  /** `place`: of the object at the member; `leader`: the same at the leader. */
  constructor(
    readonly place: Uri,
    readonly leader: Uri,
    options: ThroughOptions,
  ) {
    this.#options = options
    this.#lookedAt = options.clock.now()
  }

  /** Where the object is. */
  get places(): readonly Uri[] {
    return [this.leader]
  }

  /** Nobody waits for the look. */
  next(): Uri {
    const { clock, isOver, over } = this.#options
    const now = clock.now()
    if (now - this.#lookedAt >= LOOK_AGAIN_MS) {
      this.#lookedAt = now
      void isOver().then((isSo) => {
        if (isSo) over()
      })
    }
    return this.place
  }
}
