/**
 * One text for each value that JSON can carry, and the same for equal ones: the members of an object are sorted.
 * What is undefined is left out of an object and is null elsewhere, as on the wire. Numbers that JSON lacks keep their
 * names.
 *
 * @throws TypeError for a Map, a class's instance or anything else whose content would be lost.
 */
export function canonicalText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return Object.is(value, -0) ? '0' : String(value)
    case 'boolean':
      return String(value)
    case 'undefined':
      return 'null'
    case 'object':
      return value === null ? 'null' : textOfObject(value)
    case 'bigint':
    case 'symbol':
    case 'function':
      throw new TypeError(`${typeof value} is not plain data: it has no text by which it could be compared`)
  }
}

function textOfObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(
      `an instance of ${value.constructor.name} is not plain data: a model with such states brings its own key()`,
    )
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`)
  return `{${members.join()}}`
}
