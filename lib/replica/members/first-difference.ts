/**
 * Finds where two streams of results have parted. A digest covers all results up to its entry, so two that differ at
 * one entry differ at every later one: the first is found by halving.
 */

/** The digest up to an entry, if it is still kept. */
export type DigestAt = (index: number) => number | undefined | Promise<number | undefined>

export interface FirstDifference {
  readonly index: number
  /** Whether the two are known to agree about the entry before; otherwise they may have parted earlier. */
  readonly isExact: boolean
}

/** Both differ at `last`; nothing before `first` is looked at. */
export async function firstDifference(
  one: DigestAt,
  other: DigestAt,
  first: number,
  last: number,
): Promise<FirstDifference> {
  let [low, high] = [first - 1, last]
  let isExact = low === 0
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const [mine, theirs] = await Promise.all([one(middle), other(middle)])
    if (mine !== undefined && theirs !== undefined && mine !== theirs) {
      high = middle
    } else {
      low = middle
      isExact = mine !== undefined && theirs !== undefined
    }
  }
  return { index: high, isExact }
}
