/**
 * A log as the place of its last entry, each place knowing the one before. Places that are reached by the same entries are
 * the same object, so that two logs are compared by a glance however long they are.
 */
export class Place {
  readonly #nexts = new Map<string, Place>()

  /** `Place()` is the empty log, and the root of all that grow from it. A term is null while no answer has told it. */
  constructor(
    readonly before?: Place,
    readonly command = '',
    readonly term: number | null = 0,
  ) {
    this.index = before === undefined ? 0 : before.index + 1
    this.termAtLeast = term ?? before?.termAtLeast ?? 0
  }

  /** From 1; 0 for the empty log. */
  readonly index: number

  /** Its own term, or the latest before it that is known. */
  readonly termAtLeast: number

  next(command: string, term: number | null): Place {
    const name = `${term} ${command}`
    const known = this.#nexts.get(name)
    if (known !== undefined) return known
    const next = new Place(this, command, term)
    this.#nexts.set(name, next)
    return next
  }

  /** Undefined beyond the end, and below 1. */
  at(index: number): Place | undefined {
    if (index < 1) return undefined
    let place: Place | undefined = this
    while (place !== undefined && place.index > index) place = place.before
    return place?.index === index ? place : undefined
  }

  /** The same log, with a term at `index` if none was known and if it fits between its neighbours'. */
  withTerm(index: number, term: number | null): Place {
    const later: Place[] = []
    let place: Place | undefined = this
    for (; place !== undefined && place.index > index; place = place.before) later.push(place)
    if (place?.before === undefined || place.term !== null || term === null) return this
    const ceiling = later.findLast((each) => each.term !== null)?.term ?? Infinity
    if (term < place.termAtLeast || term > ceiling) return this
    return later.reduceRight(
      (log, each) => log.next(each.command, each.term),
      place.before.next(place.command, term),
    )
  }
}
