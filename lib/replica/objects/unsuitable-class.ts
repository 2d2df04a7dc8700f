/** A class that can't be replicated as it stands. The message says which one, why, and what to change. */
export class UnsuitableClassError extends Error {
  override readonly name = 'UnsuitableClassError'
}
