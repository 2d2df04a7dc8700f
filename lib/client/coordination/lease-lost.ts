/**
 * Why the `signal` of something that was held has gone off: it may be another one's by now. What is done all the same
 * is told from what the next one does by its token.
 */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError'
}
