/**
 * How much a message holds, seen before it is sent or parsed. Bytes alone do not tell what a message costs:
 * JSON.parse takes a second or more for 16 MiB of small objects, or for a few MiB of brackets in brackets, and
 * nothing else runs in the meantime, neither heartbeats nor elections.
 */

/**
 * The most values and member names in one message. They take well below an election timeout to parse, however nested.
 */
export const VALUES_MAX = 250_000

// The members of a request or a response that stand around its params or its result, the id of our own calls included.
const ENVELOPE_BYTES = 64

export const QUOTE = 0x22
const BACKSLASH = 0x5c
export const COMMA = 0x2c
const COLON = 0x3a
export const BRACKET = 0x5b
export const BRACKET_END = 0x5d
export const BRACE = 0x7b
export const BRACE_END = 0x7d
/** A longer text's bytes are worth counting. UTF-16 units. */
const COUNTED_LENGTH = 1024
/** Counted at a time. UTF-16 units. */
const PIECE_LENGTH = 16 * 1024
const piece = new Uint8Array(3 * PIECE_LENGTH)
const encoder = new TextEncoder()
/** Strings up to here are looked through by hand; the engine's search is far faster, but takes longer to begin. */
const SHORT_STRING = 32

/**
 * Whether `text` holds more than {@link VALUES_MAX}. It need not be JSON. One no longer
 * than that never does: most messages need not be asked about.
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

/**
 * Whether the params or the result, as JSON text, make a message of at most `frameBytesMax` bytes of UTF-8. `bytes`: what
 * the text has of them, where that was counted.
 */
export function fitsFrame(text: string, frameBytesMax: number, bytes?: number): boolean {
  const room = frameBytesMax - ENVELOPE_BYTES
  return text.length <= room && (bytes ?? bytesOf(text)) <= room
}

/** Where the string that begins at `start` has its closing quote; the text's end, where it has none. */
export function endOfString(text: string, start: number): number {
  const far = Math.min(text.length, start + SHORT_STRING)
  let at = start + 1
  while (at < far && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  if (at < far) return at
  let end = text.indexOf('"', at)
  while (end >= 0 && isEscaped(text, end, at)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

/** Whether an odd number of backslashes stands before `at`, none of them before `from`. */
function isEscaped(text: string, at: number, from: number): boolean {
  let first = at
  while (first > from && text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (at - first) % 2 === 1
}

/** How long `text` is in UTF-8; of a short one, how long at most. */
export function bytesAtMost(text: string): number {
  return text.length <= COUNTED_LENGTH ? 3 * text.length : bytesOf(text)
}

/** How long `text` is in UTF-8. It is not turned into bytes at once. */
export function bytesOf(text: string): number {
  let bytes = 0
  for (let at = 0, end = 0; at < text.length; at = end) {
    end = endOfPiece(text, at, PIECE_LENGTH)
    bytes += encoder.encodeInto(text.slice(at, end), piece).written
  }
  return bytes
}

/**
 * Where a piece of `text` ends that begins at `start` and has at most `lengthMax` UTF-16
 * units: no character is cut in two.
 */
export function endOfPiece(text: string, start: number, lengthMax: number): number {
  const end = Math.min(text.length, start + lengthMax)
  return end < text.length && isFirstHalf(text.charCodeAt(end - 1)) ? end - 1 : end
}

/** Of a character of two UTF-16 units. */
function isFirstHalf(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}
