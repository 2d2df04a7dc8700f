/** How a caller gives up a call that it has made. */
import { AbortError } from './errors.js'

/** As much of an AbortSignal as a call needs: those of Node.js and of browsers have it. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
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
