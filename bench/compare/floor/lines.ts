/** Lines as bytes: read off a socket, counted, taken apart. */

const NEWLINE = 10

/** Hears chunks as they come, and tells bytes that end with a line. */
export function wholeLines(tell: (lines: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    rest = bytes.subarray(end)
    if (end > 0) tell(bytes.subarray(0, end))
  }
}

export function countLines(lines: Buffer): number {
  let count = 0
  for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) count += 1
  return count
}

export function textsOf(lines: Buffer): readonly string[] {
  return lines.toString('latin1', 0, lines.length - 1).split('\n')
}
