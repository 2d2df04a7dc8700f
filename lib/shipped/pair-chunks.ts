/** The pairs of `kv` in the chunks of its snapshot. */
import { isList, type Json } from '../json.js'

/** A chunk is full when it has so many keys, or about so many characters. */
const CHUNK_KEYS = 64
const CHUNK_LENGTH = 8 * 1024

/** Some pairs in each chunk, `[key, value, key, value, …]`: one by one a million would take seconds to restore. */
export function* grouped(pairs: Iterable<readonly [string, Json]>): Generator<Json> {
  let chunk: Json[] = []
  let length = 0
  for (const [key, value] of pairs) {
    chunk.push(key, value)
    length += key.length + lengthOf(value)
    if (chunk.length < CHUNK_KEYS * 2 && length < CHUNK_LENGTH) continue
    yield chunk
    chunk = []
    length = 0
  }
  if (chunk.length > 0) yield chunk
}

export function* pairsIn(chunk: Json): Generator<readonly [string, Json]> {
  const flat = isList(chunk) ? chunk : [null]
  for (let at = 0; at < flat.length; at += 2) {
    const key = flat[at]
    const value = flat[at + 1]
    if (typeof key !== 'string' || value === undefined) throw new Error('a snapshot of kv holds no pairs')
    yield [key, value]
  }
}

/** How long a list or an object is shows only when it is written out, so it fills its chunk. */
function lengthOf(value: Json): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'object' ? CHUNK_LENGTH : 8
}
