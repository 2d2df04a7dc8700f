/**
 * SIGHUP: whoever reads files, or writes them, looks at them anew. Only {@link heedHangup} makes a process survive it.
 */

const doers = new Set<() => void>()

/** Does `again` at each SIGHUP, until the function that it returns is called. */
export function onHangup(again: () => void): () => void {
  doers.add(again)
  return () => void doers.delete(again)
}

/** What SIGHUP comes to. */
export function lookAnew(): void {
  for (const again of [...doers]) again()
}

/**
 * From now on SIGHUP ends no process that has no terminal. One that has a terminal has lost it, and `end` is called.
 * Returns what lets SIGHUP end the process again.
 */
export function heedHangup(end: () => void): () => void {
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
  const heed = (): void => {
    if (hasTerminal) return end()
    lookAnew()
  }
  process.on('SIGHUP', heed)
  return () => void process.off('SIGHUP', heed)
}
