/**
 * Events in the order of the log, a queue of thousands of which few are ever read: all but the newest are packed, and
 * made anew when they are.
 */
import { PackedTexts, Pieces } from '../../raft/packed-texts.js'

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

/** Events that are packed together. */
const GROUP_LENGTH = 32

export class KeptEvents {
  length = 0
  /** Those that are packed; the first `#dropped` of the first group are there no more. */
  #groups: Group[] = []
  #dropped = 0
  #newest: KeptEvent[] = []
  readonly #memory = new Pieces()
  /** Whoever reads one mostly reads its neighbours. */
  #read: Group | undefined
  #events: readonly KeptEvent[] = []

  push(event: KeptEvent): void {
    this.length += 1
    if (this.#newest.push(event) < GROUP_LENGTH) return
    this.#groups.push(new Group(this.#newest, this.#memory))
    this.#newest = []
  }

  /** Drops the oldest. */
  shift(): void {
    this.length -= 1
    this.#dropped += 1
    if (this.#dropped < GROUP_LENGTH) return
    this.#groups.shift()
    this.#dropped = 0
  }

  /** From the oldest, 0, on. */
  at(place: number): KeptEvent | undefined {
    const [group, at] = this.#find(place)
    if (group === undefined) return this.#newest[at]
    if (this.#read !== group) this.#events = group.events
    this.#read = group
    return this.#events[at]
  }

  indexAt(place: number): number | undefined {
    const [group, at] = this.#find(place)
    return group === undefined ? this.#newest[at]?.index : group.indices[at]
  }

  /** As they are now, whatever comes and goes. */
  copy(): KeptEvents {
    const copy = new KeptEvents()
    copy.length = this.length
    copy.#groups = this.#groups.slice()
    copy.#dropped = this.#dropped
    copy.#newest = this.#newest.slice()
    return copy
  }

  *[Symbol.iterator](): Iterator<KeptEvent> {
    for (let place = 0, event = this.at(0); event !== undefined; event = this.at((place += 1))) yield event
  }

  /** Its group, and its place there; without one, its place among the newest. */
  #find(place: number): readonly [Group | undefined, number] {
    const at = this.#dropped + place
    const group = this.#groups[Math.floor(at / GROUP_LENGTH)]
    return [group, group === undefined ? at - this.#groups.length * GROUP_LENGTH : at % GROUP_LENGTH]
  }
}

class Group {
  readonly indices: readonly number[]
  readonly #objects: readonly string[]
  /** As they are: any text may be one, and most are short. */
  readonly #topics: readonly string[]
  readonly #texts: PackedTexts

  constructor(events: readonly KeptEvent[], memory: Pieces) {
    this.indices = events.map(({ index }) => index)
    this.#objects = events.map(({ object }) => object)
    this.#topics = events.map(({ topic }) => topic)
    this.#texts = new PackedTexts(
      events.map(({ text }) => text),
      memory,
    )
  }

  get events(): readonly KeptEvent[] {
    return this.#texts.read().map((text, at) => ({
      index: this.indices[at] ?? 0,
      object: this.#objects[at] ?? '',
      topic: this.#topics[at] ?? '',
      text,
    }))
  }
}
