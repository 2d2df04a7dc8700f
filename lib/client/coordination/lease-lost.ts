/**
 * The reason why the `signal` of something that was held is aborted: somebody else may hold it by now. Whatever is
 * still done can be told from what the next holder does by its token.
 */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError'
}
