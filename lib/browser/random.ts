/** Chance from the browser's generator. */
import type { Random } from '../ports.js'

export const browserRandom: Random = {
  // Jitter needs no secret; what must not be guessed is an identifier.
  below: (limit) => Math.floor(Math.random() * limit),
  identifier,
}

/** By hand, as pages that came over plain HTTP have no `crypto.randomUUID`. */
function identifier(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const [version = 0, variant = 0] = [bytes[6], bytes[8]]
  bytes[6] = (version & 0x0f) | 0x40
  bytes[8] = (variant & 0x3f) | 0x80
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
