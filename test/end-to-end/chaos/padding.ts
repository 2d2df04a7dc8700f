/** Values are sent so long that logs fill and snapshots are due, and written down short. */
import type { Json } from '../../../lib/json.js'

const PADDING = ` ${'x'.repeat(4000)}`

export function padded(value: Json): Json {
  return typeof value === 'string' ? value + PADDING : value
}

/** What was harmed on its way can't be taken for what was sent. */
export function unpadded(value: Json): Json {
  if (typeof value !== 'string') return value
  return value.endsWith(PADDING)
    ? value.slice(0, -PADDING.length)
    : `harmed: ${value.slice(0, 40)}… of ${value.length} characters`
}
