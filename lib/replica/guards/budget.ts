/**
 * How much may wait at one door of a replica: so many calls, and so many bytes in them. Beyond it a call is refused with
 * OVERLOADED, which costs nothing, instead of growing the process until the system ends it.
 */
import { OverloadedError } from '../../rpc/errors.js'

export interface BudgetLimits {
  readonly calls: number
  readonly bytes: number
}

/** What waits now. */
export interface Load {
  readonly calls: number
  readonly bytes: number
}

/** What is on the way to another member. */
export interface PeerLoad extends Load {
  /** Requests that were not sent because the window was full, since this member started. */
  readonly held: number
}

/** Of commands, queries and watches each. */
export const CALLS_WAITING_MAX: BudgetLimits = { calls: 65_536, bytes: 64 * 1024 * 1024 }

const MIB = 1024 * 1024

/**
 * Throws OVERLOADED when `load` leaves no room for one more call of `bytes`. A call alone always has room. `what` completes
 * "… are waiting": `commands`.
 */
export function checkRoom(name: string, what: string, load: Load, bytes: number, limits: BudgetLimits): void {
  const { calls } = load
  const isFull = calls >= limits.calls || (calls > 0 && load.bytes + bytes > limits.bytes)
  if (!isFull) return
  const size = `${Math.ceil(load.bytes / MIB)} MiB`
  throw new OverloadedError(
    `${name} was refused: ${calls} ${what} of together ${size} wait here already (at most ${limits.calls}, ` +
      `${Math.floor(limits.bytes / MIB)} MiB): wait for answers before you send more, or ask again later`,
  )
}
