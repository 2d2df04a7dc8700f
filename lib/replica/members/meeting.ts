/** What each connection to another member begins with, whatever it is for. */
import type { RaftView, ServerId } from '../../raft/types.js'
import type { RawCall } from '../../rpc/channels/connection-options.js'
import { UnauthorizedError } from '../../rpc/errors.js'
import { judge, type Hello } from './hello.js'
import { greeted, type Greeted, type MemberDoor } from './proof.js'

export interface MeetingOptions {
  readonly door?: MemberDoor | undefined
  readonly view: () => RaftView
}

/**
 * Resolves with what the member `id` says of itself, once both sides have judged each other. `place`: where it should
 * be, for the error. Rejects with UNAUTHORIZED where there is no understanding.
 */
export async function met(
  call: RawCall,
  { id, place }: { readonly id: ServerId; readonly place: string },
  own: Hello,
  { door, view }: MeetingOptions,
): Promise<Greeted> {
  const shown = await greeted(call, id, own, door?.proof)
  const { hello: other } = shown
  if (other.id !== id) throw new UnauthorizedError(`${place} says that it is ${other.id}`)
  judge(other, own, view())
  return shown
}
