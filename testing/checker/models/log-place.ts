/**
 * A log as the place of its last entry, each place knowing the one before. Places that are reached by the same entries
 * are the same object, so that two logs are compared by a glance however long they are.
 */
export class Place {
  /** From 1; 0 for the empty log. */
  readonly index: number
  /** Its own term, or the latest before it that is known. */
  readonly termAtLeast: number
  readonly #nexts = new Map<string, Place>()

  /**
   * `new Place()` is the empty log, and the root of all that grow from it. A term is null while no answer has told it.
   */
  constructor(
    readonly before?: Place,
    readonly command = '',
    readonly term: number | null = 0,
  ) {
    this.index = before === undefined ? 0 : before.index + 1
    this.termAtLeast = term ?? before?.termAtLeast ?? 0
  }

  next(command: string, term: number | null): Place {
    const name = `${term} ${command}`
    const known = this.#nexts.get(name)
    if (known !== undefined) return known
    const next = new Place(this, command, term)
    this.#nexts.set(name, next)
    return next
  }
}

/** The places from `from`, 1 or more, up to, not including, `end`, as far as there are any. */
export function placesOf(last: Place, from: number, end: number): readonly Place[] {
  const places: Place[] = []
  for (
    let place: Place | undefined = last;
    place !== undefined && place.index >= from;
    place = place.before
  ) {
    if (place.index < end) places.push(place)
  }
  return places.reverse()
}

/** The same log, with `term` at `place` if none was known there and if it fits between its neighbours'. */
export function withTerm(last: Place, place: Place, term: number): Place {
  const later = placesOf(last, place.index + 1, Infinity)
  const ceiling = later.find((each) => each.term !== null)?.term ?? Infinity
  if (place.before === undefined || place.term !== null) return last
  if (term < place.termAtLeast || term > ceiling) return last
  let log = place.before.next(place.command, term)
  for (const each of later) log = log.next(each.command, each.term)
  return log
}
