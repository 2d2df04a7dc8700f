/**
 * The list with as many items left out as `isEnough` allows: first in large pieces, then one by one. When whatever
 * holds of a list holds of every longer one too, none of those that remain can be left out.
 */
export function fewest<T>(items: readonly T[], isEnough: (fewer: readonly T[]) => boolean): readonly T[] {
  let kept = items
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = kept.length; end > 0; end -= size) {
      const fewer = [...kept.slice(0, Math.max(0, end - size)), ...kept.slice(end)]
      if (isEnough(fewer)) kept = fewer
    }
  }
  return kept
}
