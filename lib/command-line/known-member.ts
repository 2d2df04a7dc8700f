/** A typing mistake must not found a cluster of its own: an id is in the list of members or has been here before. */
import { UsageError } from './report.js'

export interface Named {
  readonly id: string
  /** What it would be called: `member`, `name server`. */
  readonly what: string
  readonly members: readonly string[]
  readonly join: readonly string[] | undefined
  readonly data: string
  /** Whether the folder `data` is there. */
  readonly isThere: boolean
}

/** @throws UsageError for an id that nothing names */
export function demandKnown({ id, what, members, join, data, isThere }: Named): void {
  if (join !== undefined || isThere || members.some((uri) => uri.startsWith(`${id}@`))) return
  const listed = members.length === 0 ? '' : `it must be one of ${members.join(', ')}, or `
  throw new UsageError(
    `no ${what} is called ${id}: ${listed}--members must name it, or ${data} must be the folder of a ${what} that was added`,
  )
}
