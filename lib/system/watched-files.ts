/**
 * What is read from files, and read anew when they have changed or somebody says so (SIGHUP). What can't be read then
 * leaves all as it was, and is tried again. Files are looked at once a second at most; a change counts when it has stayed
 * the same from one look to the next, as what belongs together may stand in two files, and what is long is written in
 * pieces.
 */
import { statSync } from 'node:fs'
import { ms, type Clock, type Ms, type Timer } from '../ports.js'
import { onHangup } from './hangup.js'

export interface WatchedOptions<T> {
  readonly files: readonly string[]
  /** @throws Error that says why it can't be read, or is something else */
  readonly read: () => T
  /** They were read anew. */
  readonly renewed: (now: T) => void
  /** They have changed, and can't be read. Told once of each reason. */
  readonly failed: (error: unknown) => void
  /** Told at each look. Default: nobody wants to know. */
  readonly looked?: () => void
  readonly clock: Pick<Clock, 'now' | 'after'>
}

const LOOK_AGAIN_MS = 1_000
/** How often it is looked by itself whether they have changed, while they have not; and what has failed tried again. */
const LOOK_EVERY_MS = 5_000

/** The last reading came to nothing. */
interface Failure {
  readonly why: string
  readonly at: Ms
}

export class WatchedFiles<T> {
  /** As it was last read. */
  last: T
  readonly #options: WatchedOptions<T>
  /** When and how the files were that count, and at the last look. */
  #stamp: string
  #seenStamp: string
  #lookedAt: Ms
  #failure: Failure | undefined

  /** @throws what `read` does */
  constructor(options: WatchedOptions<T>) {
    this.#options = options
    this.#lookedAt = options.clock.now()
    this.#stamp = this.#seenStamp = this.#stampNow()
    this.last = options.read()
  }

  /** Looks from time to time, and reads at SIGHUP, until the result is called. */
  watch(): () => void {
    const forget = onHangup(() => this.reload())
    let isOver = false
    let timer: Timer | undefined
    const lookLater = (): void => {
      const isChanging = this.#seenStamp !== this.#stamp
      timer = this.#options.clock.after(ms(isChanging ? LOOK_AGAIN_MS : LOOK_EVERY_MS), () => {
        this.look()
        // Whoever is told of a change may look no more.
        if (!isOver) lookLater()
      })
    }
    lookLater()
    return () => {
      isOver = true
      forget()
      timer?.cancel()
    }
  }

  /** Whether the files have changed. */
  look(): void {
    const now = this.#options.clock.now()
    if (now - this.#lookedAt < LOOK_AGAIN_MS) return
    this.#lookedAt = now
    this.#options.looked?.()
    const stamp = this.#stampNow()
    const isSettled = stamp === this.#seenStamp
    this.#seenStamp = stamp
    // It may have had nothing to do with what they hold: no descriptor was left, say.
    const isTriedAgain = this.#failure !== undefined && now - this.#failure.at >= LOOK_EVERY_MS
    if (isSettled && (stamp !== this.#stamp || isTriedAgain)) this.#readAnew(stamp)
  }

  /** Somebody says that the files have changed. */
  reload(): void {
    this.#failure = undefined
    this.#seenStamp = this.#stampNow()
    this.#readAnew(this.#seenStamp)
  }

  #readAnew(stamp: string): void {
    const { read, renewed } = this.#options
    if (stamp !== this.#stamp) this.#failure = undefined
    this.#stamp = stamp
    try {
      this.last = read()
    } catch (error) {
      this.#failed(error)
      return
    }
    this.#failure = undefined
    renewed(this.last)
  }

  #failed(error: unknown): void {
    const { clock, failed } = this.#options
    const told = this.#failure?.why
    const why = String(error)
    this.#failure = { why, at: clock.now() }
    if (why !== told) failed(error)
  }

  #stampNow(): string {
    return this.#options.files.map(stampOf).join()
  }
}

/** A file that takes another's place has another number, and one that is put back as it was another time. */
function stampOf(file: string): string {
  try {
    const { ino, ctimeMs, size } = statSync(file)
    return `${ino}:${ctimeMs}:${size}`
  } catch {
    return ''
  }
}
