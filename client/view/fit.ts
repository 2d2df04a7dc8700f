/**
 * A line that is cut at the width of the screen: one that went on below would stand in the way of what is drawn over
 * it.
 */
export function fit(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`
}
