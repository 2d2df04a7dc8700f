/** An object's class and those that it extends. */
import { UnsuitableClassError } from './unsuitable-class.js'

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

/** @throws UnsuitableClassError for an `async` method or a generator */
export function demandSynchronous(method: (...args: unknown[]) => unknown, shown: string): void {
  if (/^\[object Function\]$/.test(Object.prototype.toString.call(method))) return
  throw new UnsuitableClassError(`${shown} must be synchronous: neither async nor a generator`)
}
