/** A sentence that must hold did not. The server's state cannot be trusted any more: stop it, keep its disk. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
}

type Numbers = Readonly<Record<string, string | number | undefined>>

/** Throws {@link InvariantViolation} with the sentence and the numbers unless `holds`. Stays on in production. */
export function invariant(holds: boolean, sentence: string, numbers: Numbers): asserts holds {
  if (!holds) throw violation(sentence, numbers)
}

/**
 * For what is checked at each entry: `if (…) throw violation(…)` makes the numbers only once the sentence is broken.
 */
export function violation(sentence: string, numbers: Numbers): InvariantViolation {
  const list = Object.entries(numbers).map(([name, value]) => `${name} ${value ?? 'none'}`)
  return new InvariantViolation(`${sentence} does not hold: ${list.join(', ')}`)
}
