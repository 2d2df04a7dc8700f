/** Text in columns, for terminals that would break its words. */

/** Deeper than this part of the line a column is no place to go on in: little would stand on each line. */
const DEEPEST = 0.6
const SHALLOW = 4

/**
 * Breaks lines at blanks so that none is longer than `columns`, but for words that are. A line goes on below its last
 * column, which begins behind its first two blanks in a row.
 */
export function wrapped(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (line.length <= columns ? line : wrappedLine(line, columns)))
    .join('\n')
}

function wrappedLine(line: string, columns: number): string {
  const indent = indentOf(line, columns)
  const lines: string[] = []
  let rest = line
  while (rest.length > columns) {
    const end = breakIn(rest, columns)
    if (end === undefined) break
    lines.push(rest.slice(0, end).trimEnd())
    rest = ' '.repeat(indent) + rest.slice(end).trimStart()
  }
  return [...lines, rest].join('\n')
}

/** The last blank that fits, or else the first one there is; those that only indent do not count. */
function breakIn(line: string, columns: number): number | undefined {
  const indent = line.length - line.trimStart().length
  const fitting = line.lastIndexOf(' ', columns)
  if (fitting > indent) return fitting
  const first = line.indexOf(' ', Math.max(indent, columns))
  return first < 0 ? undefined : first
}

function indentOf(line: string, columns: number): number {
  const column = /^ *\S.*? {2,}/.exec(line)?.[0].length ?? 0
  const own = line.length - line.trimStart().length
  return column > 0 && column <= columns * DEEPEST ? column : own + (own > 0 ? SHALLOW : 0)
}
