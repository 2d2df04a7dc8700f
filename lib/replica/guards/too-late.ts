/** What nobody waits for any more is not begun. */
import { OverloadedError } from '../../rpc/errors.js'
import { withoutStack } from '../../without-stack.js'

/** What a call without a time of its own may take. Milliseconds. */
export const CALL_BUDGET_MS = 10_000

/** The time of the call `name` was over before anything was done for it. */
export function tooLate(name: string): OverloadedError {
  return withoutStack(
    () =>
      new OverloadedError(
        `${name} was not executed: its time was over before it could be begun: give it more (timeoutMs), or ask again later`,
      ),
  )
}
