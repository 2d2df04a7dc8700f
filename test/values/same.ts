/** Whether two values can't be told apart: by class, own members and their order, -0 and NaN. A hole is undefined. */

export function same(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
    return Object.is(one, other)
  return Object.getPrototypeOf(one) === Object.getPrototypeOf(other) && sameParts(one, other)
}

function sameParts(one: object, other: object): boolean {
  if (Array.isArray(one) && Array.isArray(other)) return sameLists(one, other)
  if (one instanceof Date && other instanceof Date) return Object.is(one.getTime(), other.getTime())
  if (one instanceof URL && other instanceof URL) return one.href === other.href
  if (one instanceof RegExp && other instanceof RegExp)
    return String(one) === String(other) && one.lastIndex === other.lastIndex
  if (one instanceof ArrayBuffer && other instanceof ArrayBuffer)
    return Buffer.from(one).equals(Buffer.from(other))
  if (ArrayBuffer.isView(one) && ArrayBuffer.isView(other)) return bytesOf(one).equals(bytesOf(other))
  if (one instanceof Map && other instanceof Map) return sameLists([...one].flat(), [...other].flat())
  if (one instanceof Set && other instanceof Set) return sameLists([...one], [...other])
  return sameLists(membersOf(one), membersOf(other))
}

function sameLists(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && Array.from(one).every((each, at) => same(each, other[at]))
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** Names and values. Of an error those that are not enumerable, too, but for its stack. */
function membersOf(value: object): readonly unknown[] {
  const names = value instanceof Error ? Object.getOwnPropertyNames(value) : Object.keys(value)
  const told = names.filter((name) => name !== 'stack')
  if (value instanceof Error) told.sort()
  return told.flatMap((name): unknown[] => [name, Reflect.get(value, name), isShown(value, name)])
}

function isShown(value: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name)
}
