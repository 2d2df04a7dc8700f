/** A place in the log: a segment's sequence number, and bytes from the start of its file. */
export interface Position {
  readonly sequence: number
  readonly offset: number
}

/** Where the log of a new folder begins, before any segment. */
export const beginning: Position = { sequence: 0, offset: 0 }

/** Below 0: `a` comes before `b`. 0: they are the same place. */
export function compare(a: Position, b: Position): number {
  return a.sequence - b.sequence || a.offset - b.offset
}

export function later(a: Position, b: Position): Position {
  return compare(a, b) < 0 ? b : a
}
