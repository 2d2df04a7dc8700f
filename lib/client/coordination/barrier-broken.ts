/**
 * A party that waited at the barrier has left, or is no longer heard of, so nobody has passed. (A party that was itself
 * cut off for very long gets this error even if the others did pass.)
 */
export class BarrierBrokenError extends Error {
  override readonly name = 'BarrierBrokenError'
}
