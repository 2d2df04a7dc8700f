/** What a value takes, about, when it is kept or written. */

const VALUE_BYTES = 16
/** What is larger is as large, for whoever asks. */
const COUNTED_BYTES = 16 * 1024 * 1024
const COUNTED_DEPTH = 50

/** Of its texts and bytes, and something for each part; what is nested deep counts as little. Never throws. */
export function roughBytes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return ownBytes(value)
  try {
    return counted(value, 0, 0)
  } catch {
    return VALUE_BYTES
  }
}

function ownBytes(value: unknown): number {
  return typeof value === 'string' ? value.length + VALUE_BYTES : VALUE_BYTES
}

/** `sum` and what `value` takes. The same part may be met on many ways. */
function counted(value: unknown, sum: number, depth: number): number {
  if (typeof value !== 'object' || value === null || depth > COUNTED_DEPTH) return sum + ownBytes(value)
  if (ArrayBuffer.isView(value)) return sum + VALUE_BYTES + value.byteLength
  let bytes = sum + VALUE_BYTES
  for (const part of partsOf(value)) {
    if (bytes > COUNTED_BYTES) return bytes
    bytes = counted(part, bytes, depth + 1)
  }
  return bytes
}

function partsOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (value instanceof Map) return [...value.keys(), ...value.values()]
  return value instanceof Set ? [...value] : Object.values(value)
}
