/** An object's class and those that it extends. */

/** Nearest first, without Object. */
export function lineage(instance: object): readonly (() => void)[] {
  const classes: (() => void)[] = []
  for (
    let at: unknown = Object.getPrototypeOf(instance);
    typeof at === 'object' && at !== null;
    at = Object.getPrototypeOf(at)
  ) {
    const maker: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value
    if (at !== Object.prototype && isFunction(maker)) classes.push(maker)
  }
  return classes
}

/** A method of the instance's class, or of one that it extends. */
export function methodOf(instance: object, name: string): ((...args: unknown[]) => unknown) | undefined {
  for (const each of lineage(instance)) {
    const value: unknown = Object.getOwnPropertyDescriptor(each.prototype, name)?.value
    if (isFunction(value)) return value
  }
  return undefined
}

export function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function'
}
