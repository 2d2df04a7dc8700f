/**
 * What is read from files, and read anew when they have changed or somebody says so (SIGHUP). What can't be read then
 * leaves all as it was. Files are looked at once a second at most; a change counts when it has stayed the same from one
 * look to the next, as what belongs together may stand in two files, and what is long is written in pieces.
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
  /** They have changed, and can't be read. */
  readonly failed: (error: unknown) => void
  /** Told at each look. Default: nobody wants to know. */
  readonly looked?: () => void
  readonly clock: Pick<Clock, 'now' | 'after'>
}

const LOOK_AGAIN_MS = 1_000
/** How often it is looked by itself whether they have changed, while they have not. */
const LOOK_EVERY_MS = 5_000

export class WatchedFiles<T> {
  /** As it was last read. */
  last: T
  readonly #options: WatchedOptions<T>
  /** When and how the files were that count, and at the last look. */
  #stamp: string
  #seenStamp: string
  #lookedAt: Ms

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
    let timer = this.#lookLater((next) => (timer = next))
    return () => {
      forget()
      timer.cancel()
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
    if (isSettled && stamp !== this.#stamp) this.#readAnew(stamp)
  }

  /** Somebody says that the files have changed. */
  reload(): void {
    this.#seenStamp = this.#stampNow()
    this.#readAnew(this.#seenStamp)
  }

  #readAnew(stamp: string): void {
    const { read, renewed, failed } = this.#options
    this.#stamp = stamp
    try {
      this.last = read()
    } catch (error) {
      failed(error)
      return
    }
    renewed(this.last)
  }

  #lookLater(begun: (timer: Timer) => void): Timer {
    const isChanging = this.#seenStamp !== this.#stamp
    return this.#options.clock.after(ms(isChanging ? LOOK_AGAIN_MS : LOOK_EVERY_MS), () => {
      this.look()
      begun(this.#lookLater(begun))
    })
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
