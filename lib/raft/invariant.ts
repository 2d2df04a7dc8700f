/** A sentence that must hold did not. The server's state cannot be trusted any more: stop it, keep its disk. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
}

/** Throws {@link InvariantViolation} with the sentence and the numbers unless `holds`. Stays on in production. */
export function invariant(
  holds: boolean,
  sentence: string,
  numbers: Readonly<Record<string, string | number | undefined>>,
): asserts holds {
  if (holds) return
  const list = Object.entries(numbers).map(([name, value]) => `${name} ${value ?? 'none'}`)
  throw new InvariantViolation(`${sentence} does not hold: ${list.join(', ')}`)
}
