/**
 * How much a message holds, seen before it is sent or parsed. Bytes alone do not tell what a message costs: JSON.parse takes a
 * second or more for 16 MiB of small objects, or for a few MiB of brackets in brackets, and nothing else runs in the
 * meantime, neither heartbeats nor elections.
 */

/** The most values and member names in one message. They take well below an election timeout to parse, however nested. */
export const VALUES_MAX = 250_000

// The members of a request or a response that stand around its params or its result, the id of our own calls included.
const ENVELOPE_BYTES = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const BRACKET = 0x5b
const BRACE = 0x7b

/**
 * Whether `text` holds more than {@link VALUES_MAX}. It need not be JSON. One no longer than that never does: most messages
 * need not be asked about.
 */
export function holdsTooMuch(text: string): boolean {
  return valuesIn(text, VALUES_MAX) > VALUES_MAX
}

/** How many values and member names `text` holds; stops counting beyond `limit`. */
export function valuesIn(text: string, limit: number): number {
  let values = 0
  for (let at = 0; at < text.length && values <= limit; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === COMMA || code === COLON || code === BRACKET || code === BRACE) values += 1
  }
  return values
}

/** The longest JSON text, in UTF-16 units, that {@link fitsFrame} whatever its units are. */
export function surelyFits(frameBytesMax: number): number {
  return Math.floor((frameBytesMax - ENVELOPE_BYTES) / 3)
}

/** Whether the params or the result, as JSON text, make a message of at most `frameBytesMax` bytes of UTF-8. */
export function fitsFrame(text: string, frameBytesMax: number): boolean {
  const room = frameBytesMax - ENVELOPE_BYTES
  return text.length <= room && new TextEncoder().encode(text).length <= room
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}
