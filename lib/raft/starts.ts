/**
 * Which start of each member the log has last heard of. A folder writes down each of its starts before it says
 * anything: whoever goes on from what the cluster knows has the pinned start among its own. An older copy of a folder
 * has not: what its former self acknowledged and voted for since may be gone.
 */
import type { IdentityEntry } from './entries.js'
import type { Incarnation, LogIndex, ServerId, Start, Term } from './values.js'
import { startNumber } from './values.js'

/** All starts of a folder that it still knows, oldest first; the last one is the process that speaks. */
export type Lineage = readonly Start[]

/** What the log of one member, which ends at that position, has last heard of another one's folder. */
export interface KnownStart {
  readonly incarnation: Incarnation
  readonly start: Start
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
}

interface PinnedStart {
  readonly start: Start
  readonly index: LogIndex
}

/** Of each member what its lineage must hold: the last pin, and those before it that an older copy is to replace. */
export type StartPins = ReadonlyMap<ServerId, readonly PinnedStart[]>

/** A start that is pinned anew is known to be committed: what stood before it is settled. */
export function withStarts(
  before: StartPins,
  { index, starts = [] }: Pick<IdentityEntry, 'index' | 'starts'>,
): StartPins {
  if (starts.length === 0) return before
  const pins = new Map(before)
  for (const [id, start, replaces = false] of starts) {
    const isRepeated = pins.get(id)?.at(-1)?.start === start
    const kept = replaces && !isRepeated ? (pins.get(id) ?? []) : []
    pins.set(id, [...kept, { start, index }])
  }
  return pins
}

/** Whether the folder of `lineage` goes on from all that is pinned of it. Undefined: its build does not say. */
export function isGoneOn(
  pinned: readonly PinnedStart[] | undefined,
  lineage: Lineage | undefined,
  commitIndex: LogIndex,
): boolean {
  if (pinned === undefined || lineage === undefined) return true
  const settled = pinned.findLastIndex(({ index }) => index <= commitIndex)
  return pinned.slice(Math.max(settled, 0)).every(({ start }) => holds(lineage, start))
}

/** A folder forgets its oldest starts: of one before those nothing can be said against it. */
export function holds(lineage: Lineage, start: Start): boolean {
  const [first] = lineage
  return lineage.includes(start) || (first !== undefined && startNumber(start) < startNumber(first))
}
