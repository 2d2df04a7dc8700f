/** Who has opened a connection: a member says its id in the hello that each of its connections begins with. */

/** The longest first line that is read for it, in bytes. */
const LINE_BYTES_MAX = 64 * 1024
const NEWLINE = 0x0a

/** Undefined: another one than a member. */
export function callerOf(firstBytes: Buffer): string | undefined {
  const end = firstBytes.indexOf(NEWLINE)
  if (end < 0) return undefined
  let call: unknown
  try {
    call = JSON.parse(firstBytes.toString('utf8', 0, end))
  } catch {
    return undefined
  }
  const method = member(call, 'method')
  if (typeof method !== 'string' || !method.endsWith('.hello')) return undefined
  const id = member(member(member(call, 'params'), '0'), 'id')
  return typeof id === 'string' ? id : undefined
}

/** Whether nothing that may come still tells more. */
export function isEnough(firstBytes: Buffer): boolean {
  return firstBytes.includes(NEWLINE) || firstBytes.length > LINE_BYTES_MAX
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined
}
