/** Text from outside, made fit for a terminal. */

/**
 * Controls (C0, DEL, C1: U+009B begins a sequence as ESC does), line breaks of any kind, and what is invisible or shows
 * text in another order than it stands in, such as the bidi marks. Two joiners stay, as scripts and emoji need them. A
 * lone surrogate is no character at all.
 */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu

/**
 * One line that neither moves the cursor nor shows anything but what it holds: what could is written as JSON does, as
 * `\u009b`. So a text of JSON stays the same value.
 */
export function printable(text: string): string {
  return text.replace(UNFIT, escaped)
}

/** Several lines: their breaks stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** JSON leaves many of them as they are. */
function escaped(character: string): string {
  const inJson = JSON.stringify(character).slice(1, -1)
  return inJson === character ? character.split('').map(escapedUnit).join('') : inJson
}

/** One unit of UTF-16. */
function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
