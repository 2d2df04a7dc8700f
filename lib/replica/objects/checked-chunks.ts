/** The chunks of a class's own snapshot: what JSON would alter would come back as another state. */
import type { Json } from '../../json.js'
import { isCarried, whyNotCarried } from '../../values/carried.js'
import { Sliced } from './sliced.js'
import { UnsuitableValueError } from '../../values/unsuitable.js'

/** Each is looked at when it is pulled. Pulling throws an UnsuitableValueError that names the class and the path. */
export function checkedChunks(chunks: Iterable<Json>, className: string): Iterable<Json> {
  return chunks instanceof Sliced
    ? new Sliced(chunks.parts.map((part) => checked(part, className)))
    : checked(chunks, className)
}

function* checked(chunks: Iterable<Json>, className: string): Generator<Json> {
  for (const chunk of chunks) {
    if (!isCarried(chunk))
      throw new UnsuitableValueError(
        `${className}.snapshot(): ${whyNotCarried(chunk, 'a chunk')}; restore() would get something else`,
      )
    yield chunk
  }
}
