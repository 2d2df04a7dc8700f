/** A call that somebody may give up waiting for. */
import type { Call } from './call.js'
import type { Signal } from './call-options.js'
import { AbortError } from './errors.js'

/** `name`: of the call, for messages. Rejects with an AbortError as soon as the signal is aborted. */
export function untilAborted<T>(
  signal: Signal,
  name: string,
  call: Pick<Call, 'abort' | 'isUnderWay'>,
  run: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      call.abort()
      reject(abortError(name, call.isUnderWay, signal.reason))
    }
    if (signal.aborted) return aborted()
    signal.addEventListener('abort', aborted)
    run()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', aborted))
  })
}

function abortError(name: string, wasSent: boolean, cause: unknown): AbortError {
  return wasSent
    ? new AbortError(`${name}: aborted before the answer came; the call may have run`, 'unknown', { cause })
    : new AbortError(`${name}: aborted before it was sent; it was not executed`, 'not-executed', { cause })
}
