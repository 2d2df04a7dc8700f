/** A snapshot that is taken little by little while commands go on running. */
import type { Json } from '../../json.js'

/** Chunks that were marked by {@link sliced}. */
export class Sliced implements Iterable<Json> {
  constructor(readonly parts: readonly Iterable<Json>[]) {}

  *[Symbol.iterator](): Iterator<Json> {
    for (const part of this.parts) yield* part
  }
}

/**
 * Marks the chunks of a snapshot, those of one part after those of another, as safe to pull little by little: they stay
 * as they were when `snapshot()` was called, whatever commands run in the meantime. Without this mark all chunks are
 * pulled at once, while everything else waits. The first chunk of each part is pulled at once in any case, so that a
 * generator can note there what it needs. A part that is not read to its end is ended through its iterator's `return`,
 * which runs the `finally` of a generator.
 */
export function sliced(...parts: readonly Iterable<Json>[]): Iterable<Json> {
  return new Sliced(parts)
}
