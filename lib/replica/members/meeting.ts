/** What each connection to another member begins with, whatever it is for. */
import type { RaftView } from '../../raft/types.js'
import type { RawCall } from '../../rpc/channels/connection-options.js'
import { UnauthorizedError } from '../../rpc/errors.js'
import { judge, type Hello } from './hello.js'
import { greeted, type Greeted, type MemberDoor, type Met } from './proof.js'

export interface MeetingOptions {
  readonly door?: MemberDoor | undefined
  readonly view: () => RaftView
}

/** Whom a connection is meant for, and who was found there. */
export interface Wanted extends Met {
  /** Where it should be, for the error. */
  readonly place: string
}

/**
 * Resolves with what that member says of itself, once both sides have judged each other. Rejects with UNAUTHORIZED where
 * there is no understanding.
 */
export async function met(
  call: RawCall,
  { id, place, certificate }: Wanted,
  own: Hello,
  { door, view }: MeetingOptions,
): Promise<Greeted> {
  const shown = await greeted(call, { id, certificate }, own, door)
  const { hello: other } = shown
  if (other.id !== id) throw new UnauthorizedError(`${place} says that it is ${other.id}`)
  judge(other, own, view())
  return shown
}
