/** A long list as JSON, written bit by bit. */
import { JsonText } from '../../rpc/exposed.js'
import { bytesOf } from '../../rpc/messages/message-size.js'
import type { Steps } from './stepwise.js'

/** So many items at a time, or about so many characters. */
const BIT = 256
const BIT_LENGTH = 16 * 1024

/**
 * Of items that JSON carries. The bytes are counted on the way: to do so at the end, and to put the text's pieces
 * together for it, would take as long as some bits. `lengthOf`: about how long an item becomes.
 */
export function* listText<T extends string | object>(
  items: readonly T[],
  lengthOf: (item: T) => number,
): Steps<JsonText> {
  let text = '['
  let bytes = '[]'.length
  for (let at = 0, end = 0; at < items.length; at = end) {
    end = endOfBit(items, at, lengthOf)
    const bit = `${at === 0 ? '' : ','}${JSON.stringify(items.slice(at, end)).slice(1, -1)}`
    text += bit
    bytes += bytesOf(bit)
    yield
  }
  return new JsonText(`${text}]`, bytes)
}

function endOfBit<T extends string | object>(
  items: readonly T[],
  start: number,
  lengthOf: (item: T) => number,
): number {
  let end = start
  for (let length = 0; end < items.length && end - start < BIT && length < BIT_LENGTH; end++) {
    const item = items[end]
    length += item === undefined ? 0 : lengthOf(item)
  }
  return end
}
