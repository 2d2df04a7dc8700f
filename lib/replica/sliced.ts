/** A snapshot that is taken little by little while commands go on running. */
import type { Json } from '../json.js'

/** Chunks that were marked by {@link sliced}. */
export class Sliced implements Iterable<Json> {
  constructor(private readonly chunks: Iterable<Json>) {}

  [Symbol.iterator](): Iterator<Json> {
    return this.chunks[Symbol.iterator]()
  }
}

/**
 * Promises that the chunks stay as they are at the call of `snapshot()`, whatever commands run before they are all pulled:
 * what an object returns from `snapshot()` without this mark is pulled at once, while everything else waits.
 * The first chunk is pulled at once all the same, so a generator may note down there what it needs. One that is not
 * needed to its end is told so through its iterator's `return`: a `finally` in a generator.
 */
export function sliced(chunks: Iterable<Json>): Iterable<Json> {
  return new Sliced(chunks)
}
