/** How a caller gives up a call that it has made. */
import { AbortError } from './errors.js'

/** As much of an AbortSignal as a call needs: those of Node.js and of browsers have it. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  /** Told once, when the call is given up. */
  addEventListener(type: 'abort', listener: () => void): void
  /** Told no more. */
  removeEventListener(type: 'abort', listener: () => void): void
}

/** `isSent`: it may run at the other end, which is told that nobody waits for it. */
export function givenUp(what: string, { reason: cause }: Signal, isSent: boolean): AbortError {
  return isSent
    ? new AbortError(`${what}: aborted before the answer came; the call may have run`, { cause })
    : new AbortError(`${what}: aborted before it was sent; it was not executed`, {
        cause,
        outcome: 'not-executed',
      })
}

/** Who is told of each signal: one listener for all, as runtimes warn of many. */
const hearers = new WeakMap<Signal, Hearers>()

class Hearers {
  readonly #signal: Signal
  readonly #all = new Set<() => void>()

  constructor(signal: Signal) {
    this.#signal = signal
    hearers.set(signal, this)
    signal.addEventListener('abort', this.#abort)
  }

  add(hearer: () => void): void {
    this.#all.add(hearer)
  }

  remove(hearer: () => void): void {
    if (this.#all.delete(hearer) && this.#all.size === 0) this.#stop()
  }

  readonly #abort = (): void => {
    this.#stop()
    for (const hearer of this.#all) hearer()
  }

  #stop(): void {
    this.#signal.removeEventListener('abort', this.#abort)
    if (hearers.get(this.#signal) === this) hearers.delete(this.#signal)
  }
}

/** Calls `abort` once if the signal goes off before what is returned is called. */
export function whenAborted(signal: Signal, abort: () => void): () => void {
  const told = hearers.get(signal) ?? new Hearers(signal)
  const hearer = (): void => abort()
  told.add(hearer)
  return () => told.remove(hearer)
}
