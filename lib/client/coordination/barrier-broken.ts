/**
 * Not all were there: one of those who waited has left, or was not heard of any more. Nobody of those who waited has
 * passed, but for one who was himself cut off for so long that nobody knows any more.
 */
export class BarrierBrokenError extends Error {
  override readonly name = 'BarrierBrokenError'
}
