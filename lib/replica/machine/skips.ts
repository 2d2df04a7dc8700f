/** Commands that an operator has decided not to run, because no member can: the same ones on every member. */
import { RemoteError } from '../../rpc/errors.js'
import type { CommandResult } from '../objects/hosted.js'

/**
 * The term of each entry by its index. The term makes sure that what is passed over is the entry that the operator saw,
 * and not another one that came to its place.
 */
export type Skips = ReadonlyMap<number, number>

/** What a command that was passed over has come to: an error, on every replica and for every session. */
export function skippedResult(index: number, name: string): CommandResult {
  const message = `${name}, entry ${index} of the log, was passed over as the operator has decided: it has changed nothing`
  return { error: new RemoteError({ name: 'EntrySkipped', message }) }
}
