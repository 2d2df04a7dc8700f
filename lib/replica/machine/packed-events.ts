/**
 * Events in the order of the log, a queue of thousands of which few are ever read: they are packed, and made anew when
 * they are.
 */
import { GROUP_LENGTH, PackedTexts, Pieces } from '../../raft/packed-texts.js'

/** An event as its command emitted it. */
export interface Emitted {
  readonly object: string
  readonly topic: string
  /** The data as JSON. It is parsed for those who watch, who mostly are fewer than the events. */
  readonly text: string
}

export interface KeptEvent extends Emitted {
  readonly index: number
}

export class PackedEvents {
  length = 0
  /** The first `#dropped` of the first group are there no more. */
  #groups: Group[] = []
  #dropped = 0
  readonly #memory = new Pieces()
  /** Whoever reads one mostly reads its neighbours. */
  #read: Group | undefined
  #events: readonly KeptEvent[] = []

  /** Those that follow, as many as fill a group. */
  take(events: readonly KeptEvent[]): void {
    this.length += events.length
    this.#groups.push(groupOf(events, this.#memory))
  }

  /** Drops the oldest. */
  shift(): void {
    this.length -= 1
    this.#dropped += 1
    if (this.#dropped < GROUP_LENGTH) return
    this.#groups.shift()
    this.#memory.drop(1)
    this.#dropped = 0
  }

  /** From the oldest, 0, on. */
  at(place: number): KeptEvent | undefined {
    const group = this.#groupOf(place)
    if (group === undefined) return undefined
    if (this.#read !== group) this.#events = group.events
    this.#read = group
    return this.#events[this.#placeIn(place)]
  }

  indexAt(place: number): number | undefined {
    return this.#groupOf(place)?.indices[this.#placeIn(place)]
  }

  /** As they are now, whatever comes and goes. */
  copy(): PackedEvents {
    // To copy megabytes of texts would hold up everything else.
    this.#memory.lend()
    const copy = new PackedEvents()
    copy.length = this.length
    copy.#groups = [...this.#groups]
    copy.#dropped = this.#dropped
    return copy
  }

  *[Symbol.iterator](): Iterator<KeptEvent> {
    for (let place = 0, event = this.at(0); event !== undefined; event = this.at((place += 1))) yield event
  }

  #groupOf(place: number): Group | undefined {
    return this.#groups[Math.floor((this.#dropped + place) / GROUP_LENGTH)]
  }

  #placeIn(place: number): number {
    return (this.#dropped + place) % GROUP_LENGTH
  }
}

function groupOf(events: readonly KeptEvent[], memory: Pieces): Group {
  return new Group(
    events.map(({ index }) => index),
    events.map(({ object }) => object),
    events.map(({ topic }) => topic),
    PackedTexts.in(
      memory,
      events.map(({ text }) => text),
    ),
  )
}

class Group {
  /** Topics as they are: any text may be one, and most are short. */
  constructor(
    readonly indices: readonly number[],
    private readonly objects: readonly string[],
    private readonly topics: readonly string[],
    private readonly texts: PackedTexts,
  ) {}

  get events(): readonly KeptEvent[] {
    return this.texts.read().map((text, at) => ({
      index: this.indices[at] ?? 0,
      object: this.objects[at] ?? '',
      topic: this.topics[at] ?? '',
      text,
    }))
  }
}
