/**
 * An error that is told to another process, which hears its sentence and not where it was made. To find that out takes
 * ten times as long as all else about it, and whoever is refused may ask again without end.
 */
export function withoutStack<E extends Error>(make: () => E): E {
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit')
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return make()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}
