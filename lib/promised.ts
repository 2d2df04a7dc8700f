/**
 * What users' code gives back may be awaited, whoever has made it: query builders, promises of other realms and of other
 * libraries are no instances of this one's Promise.
 */

/** A promise for what can be awaited, and all else as it is. May throw what that throws when it is looked at. */
export function promised<T>(value: T | PromiseLike<T>): T | Promise<T>
export function promised(value: unknown): unknown {
  return value instanceof Promise || !isThenable(value) ? value : Promise.resolve(value)
}

/** May throw what `value` throws when it is looked at. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'then' in value && typeof value.then === 'function'
}

const ignore = (): void => undefined

/**
 * For what is asked of another process whose name or function a caller has given: whoever asks need not wait for the
 * answer, and that it is an error must not end this process.
 */
export function unheeded<T>(outcome: Promise<T>): Promise<T> {
  outcome.catch(ignore)
  return outcome
}
