/** How a caller gives up a call that it has made. */
import { OutcomeUnknownError, UnreachableError } from './errors.js'
import type { RollcallError } from './errors.js'

/** What every runtime's AbortSignal has. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** `isSent`: it may run at the other end, which is told that nobody waits for it. */
export function givenUp(what: string, signal: Signal, isSent: boolean): RollcallError {
  const { reason: cause } = signal
  if (!isSent) return new UnreachableError(`${what}: given up before it was sent`, { cause })
  return new OutcomeUnknownError(`${what}: given up before the answer came; it may have run`, { cause })
}

/** Calls `abort` once if the signal goes off before what is returned is called. */
export function whenAborted(signal: Signal, abort: () => void): () => void {
  const stop = (): void => signal.removeEventListener('abort', listener)
  const listener = (): void => {
    stop()
    abort()
  }
  signal.addEventListener('abort', listener)
  return stop
}
