/**
 * What is written in DER (X.690), a part after another: what is long is passed over in one go, and none of it is copied.
 * RFC 5280 has what the parts mean.
 */

export interface Part {
  readonly tag: number
  readonly content: Buffer
  /** With the head that says what it is, and how long. */
  readonly whole: Buffer
}

/** Longer than any length that this process could hold has more bytes than these. */
const LENGTH_BYTES = 4

/** @throws Error where there is no whole part, once it is come to */
export function* partsOf(der: Buffer): Generator<Part> {
  for (let at = 0; at < der.length;) {
    const { begin, length } = lengthAt(der, at + 1)
    const end = begin + length
    if (end > der.length) throw new Error('it ends amid a part')
    yield { tag: der.readUInt8(at), content: der.subarray(begin, end), whole: der.subarray(at, end) }
    at = end
  }
}

/** The one part that there is. @throws Error for none, or more */
export function onlyPartOf(der: Buffer): Part {
  const [only, ...more] = partsOf(der)
  if (only === undefined || more.length > 0) throw new Error('it is not one part')
  return only
}

function lengthAt(der: Buffer, at: number): { readonly begin: number; readonly length: number } {
  const first = der.readUInt8(at)
  if (first < 0x80) return { begin: at + 1, length: first }
  const bytes = first - 0x80
  if (bytes === 0 || bytes > LENGTH_BYTES) throw new Error('it does not say how long it is')
  return { begin: at + 1 + bytes, length: der.readUIntBE(at + 1, bytes) }
}
