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
 * Promises that the chunks of all parts, one part after another, stay as they are at the call of `snapshot()`, whatever
 * commands run before they are all pulled: what an object returns without this mark is pulled at once, while everything
 * else waits. The first chunk of each part is pulled at once all the same, so a generator may note down there what it
 * needs. One that is not needed to its end is told so through its iterator's `return`: a `finally` in a generator.
 */
export function sliced(...parts: readonly Iterable<Json>[]): Iterable<Json> {
  return new Sliced(parts)
}
