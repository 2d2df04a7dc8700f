/** Why a command that came in a session was not run: the same sentence on every replica. */
import { InvalidParamsError, OverloadedError, SessionExpiredError } from '../../rpc/errors.js'
import type { KeptResults } from './kept-results.js'
import { withoutStack } from '../../without-stack.js'

export function expired(id: string): SessionExpiredError {
  return withoutStack(
    () =>
      new SessionExpiredError(
        `the session ${shown(id)} is unknown or has ended: nothing was run in it; open a new one`,
      ),
  )
}

export function forgotten(id: string, seq: number, floor: number): SessionExpiredError {
  return withoutStack(
    () =>
      new SessionExpiredError(
        `the session ${id} has forgotten number ${seq}: its caller said that it waits for none below ${floor}; ` +
          `this attempt was not run`,
      ),
  )
}

export function reused(id: string, seq: number): InvalidParamsError {
  return withoutStack(
    () =>
      new InvalidParamsError(
        `number ${seq} of the session ${id} was used for another command: this one was not run; give it a number of its own`,
      ),
  )
}

export function full(id: string, { bySeq, size }: KeptResults): OverloadedError {
  return withoutStack(
    () =>
      new OverloadedError(
        `the session ${id} keeps ${bySeq.size} results of ${size} characters already: the command was not run; ` +
          `send firstOutstanding, so that those which nobody waits for are forgotten`,
      ),
  )
}

function shown(id: string): string {
  return JSON.stringify(id.length > 64 ? `${id.slice(0, 64)}…` : id)
}
