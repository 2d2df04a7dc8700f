/** Bytes as text, by RFC 4648, section 4: with padding, in the one form that each has. */

const LETTERS = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PADDING = '='.charCodeAt(0)
const NO_LETTER = 0xff
/** By its code: the six bits that a letter stands for. */
const BITS = new Uint8Array(256).fill(NO_LETTER)
LETTERS.forEach((letter, bits) => (BITS[letter] = bits))

const ascii = new TextDecoder()

export function base64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PADDING)
  let to = 0
  for (let at = 0; at < bytes.length; at += 3) {
    const group = (byte(bytes, at) << 16) | (byte(bytes, at + 1) << 8) | byte(bytes, at + 2)
    const letters = Math.min(4, bytes.length - at + 1)
    for (let each = 0; each < letters; each += 1) text[to + each] = letter(group >> (18 - 6 * each))
    to += 4
  }
  return ascii.decode(text)
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

function letter(bits: number): number {
  return LETTERS[bits & 63] ?? 0
}

/** Undefined: the text is no base64, or another one than {@link base64} makes of the same bytes. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const letters = text.length - paddingOf(text)
  const bytes = new Uint8Array(Math.floor((letters * 3) / 4))
  let group = 0
  let to = 0
  for (let at = 0; at < letters; at += 1) {
    const bits = BITS[text.charCodeAt(at)] ?? NO_LETTER
    if (bits === NO_LETTER) return undefined
    group = ((group << 6) | bits) & 0xffffff
    const place = at % 4
    if (place > 0) bytes[to++] = group >> (6 - 2 * place)
  }
  return restOf(group, letters) === 0 ? bytes : undefined
}

function paddingOf(text: string): number {
  if (text.endsWith('==')) return 2
  return text.endsWith('=') ? 1 : 0
}

/** The bits of the last letter that belong to no byte. */
function restOf(group: number, letters: number): number {
  const place = letters % 4
  return place === 0 ? 0 : group & (place === 2 ? 15 : 3)
}
