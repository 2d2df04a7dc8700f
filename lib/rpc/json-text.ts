/** JSON.stringify with its true type: undefined for what has no JSON text, such as undefined or a function. */
export function jsonText(value: unknown): string | undefined {
  return JSON.stringify(value)
}
