/** A call that somebody may give up waiting for, whatever its attempts are doing. */
import type { Call } from './call.js'
import { givenUp, whenAborted, type Signal } from '../signal.js'

/** `name`: of the call, for messages. Rejects with an AbortError as soon as the signal is aborted. */
export function untilAborted<T>(
  signal: Signal,
  name: string,
  call: Pick<Call, 'abort' | 'isUnderWay' | 'mayHaveRun'>,
  run: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      call.abort()
      // Of an attempt that is under way its connection knows whether it was sent: it is told of the signal, too.
      if (!call.isUnderWay) reject(givenUp(name, signal, call.mayHaveRun))
    }
    if (signal.aborted) return aborted()
    const stop = whenAborted(signal, aborted)
    run().then(resolve, reject).finally(stop)
  })
}
