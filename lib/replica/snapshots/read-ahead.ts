/** Pieces in order, of which the next ones are on their way while one is made use of. */

/** To read one by one would be to wait for each: for a turn of the event loop, or for another process. */
export const READ_AHEAD = 8

/**
 * `read`: of the piece with that number, from 0. Rejects with what a piece rejects with, once it is that one's turn.
 * `most`: so many may be on their way by now.
 */
export async function* readAhead(
  count: number,
  read: (number: number) => Promise<string>,
  most: () => number = () => READ_AHEAD,
): AsyncGenerator<string> {
  const ahead: Promise<string>[] = []
  let next = 0
  const begin = (): void => {
    const piece = read(next++)
    // Whoever stops before this one never hears of its failure.
    piece.catch(() => undefined)
    ahead.push(piece)
  }
  for (;;) {
    while (next < count && ahead.length < most()) begin()
    const piece = ahead.shift()
    if (piece === undefined) return
    yield await piece
  }
}
