/** A history that the checker gives up on shows nothing: a run in which many are like that has not been judged. */

/** One is let pass in a run of few seeds, where it is already a large part. */
const UNDECIDED_MOST = 1
const SHARE_MOST = 0.05

/**
 * A sentence if too many of the histories that were counted (`Histories.verify`) are undecided. `tally`: of any number
 * of seeds.
 */
export function tooUndecided(tally: ReadonlyMap<string, number>): string | undefined {
  const histories = [...tally].filter(([what]) => what.startsWith('histories of '))
  const all = sum(histories)
  const undecided = sum(histories.filter(([what]) => what.endsWith(' undecided')))
  if (undecided <= Math.max(UNDECIDED_MOST, SHARE_MOST * all)) return undefined
  return `${undecided} of ${all} histories are undecided, more than ${SHARE_MOST * 100} %: nothing is known of them`
}

function sum(counts: readonly (readonly [string, number])[]): number {
  return counts.reduce((total, [, count]) => total + count, 0)
}
