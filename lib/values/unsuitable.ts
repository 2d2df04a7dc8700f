/** What goes wrong with values on their way out, and on their way in. */

/** A value that can't travel, or that a snapshot can't hold. The message names the place, and what it is. */
export class UnsuitableValueError extends Error {
  override readonly name = 'UnsuitableValueError'
}

/**
 * A tag that stands for no value: its kind is unknown, or what it holds is not what its kind has. The message names the
 * place.
 */
export class UnreadableValueError extends Error {
  override readonly name = 'UnreadableValueError'
}

/** A class that can't be registered. The message says why, and what to do. */
export class UnsuitableTypeError extends Error {
  override readonly name = 'UnsuitableTypeError'
}
