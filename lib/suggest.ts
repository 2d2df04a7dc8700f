/** "Did you mean …?" */

/** Of a longer word so much is compared. */
const COMPARED_LENGTH = 40

/**
 * What `word` probably stands for: the one candidate that it is but for capitals, or is the beginning of, or else the
 * one with the fewest mistakes between them, if they are few for its length. The first of equals.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const small = word.toLowerCase()
  const same = candidates.find((candidate) => candidate.toLowerCase() === small)
  if (same !== undefined) return same
  const [completed, another] = candidates.filter((candidate) => word !== '' && candidate.startsWith(word))
  if (another === undefined && completed !== undefined) return completed
  const begin = word.slice(0, COMPARED_LENGTH)
  const limit = Math.max(1, Math.floor(begin.length / 3))
  let best: string | undefined
  let fewest = limit + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - begin.length) >= fewest) continue
    const mistakes = mistakesBetween(begin, candidate)
    if (mistakes < fewest) [best, fewest] = [candidate, mistakes]
  }
  return best
}

/** `; did you mean status?`, or nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const meant = closest(word, candidates)
  return meant === undefined ? '' : `; did you mean ${meant}?`
}

/**
 * One character too many, too few or wrong, or two neighbours that changed places (the distance of Damerau and
 * Levenshtein, as far as no place is mended twice).
 */
function mistakesBetween(from: string, to: string): number {
  let above: readonly number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i] === to[j - 1] ? 0 : 1)
      const areSwapped = i > 0 && j > 1 && from[i] === to[j - 2] && from[i - 1] === to[j - 1]
      const swapped = areSwapped ? (above[j - 2] ?? 0) + 1 : Infinity
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    above = row
    row = next
  }
  return row.at(-1) ?? 0
}
