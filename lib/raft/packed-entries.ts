/** The applied part of a log, which is seldom read and stays until tens of thousands of others have come: packed. */
import { GROUP_LENGTH, PackedTexts, Pieces } from './packed-texts.js'
import type { CommandEntry, Entry, LogIndex, Term } from './types.js'
import { logIndex, term } from './types.js'

/** From this length on a text stays as it is: there are few of those in a log. UTF-16 units. */
const LONG_TEXT = 4 * 1024

export class PackedEntries {
  /** Of the last entry, or of the one before the first. */
  last: LogIndex
  #groups: Group[] = []
  readonly #memory = new Pieces()

  constructor(before: LogIndex) {
    this.last = before
  }

  /** Takes the first ones of those that follow, of so many as fill groups. */
  take(following: Entry[], most: number): void {
    const taken = most - (most % GROUP_LENGTH)
    const entries = following.splice(0, taken)
    for (let start = 0; start < taken; start += GROUP_LENGTH)
      this.#groups.push(new Group(entries.slice(start, start + GROUP_LENGTH), this.#memory))
    this.last = logIndex(this.last + taken)
  }

  termAt(index: LogIndex): Term | undefined {
    return this.#groupOf(index)?.termAt(index)
  }

  /** UTF-16 units of the command at `index`, which is here; 0 for another kind. */
  sizeAt(index: LogIndex): number {
    return this.#groupOf(index)?.sizeAt(index) ?? 0
  }

  /** From `from` on, which is here. */
  *from(from: LogIndex): Iterable<Entry> {
    let index = from
    for (let group = this.#groupOf(index); group !== undefined; group = this.#groupOf(index)) {
      yield* group.from(index)
      index = logIndex(group.last + 1)
    }
  }

  /** From `from`, which is here, to `to`, or as far as they go. */
  slice(from: LogIndex, to: LogIndex): readonly Entry[] {
    const entries: Entry[] = []
    for (const entry of this.from(from)) {
      if (entry.index > to) break
      entries.push(entry)
    }
    return entries
  }

  /** Drops the groups that end at `index` or before. */
  compact(index: LogIndex): void {
    const left = this.#groups.filter(({ last }) => last > index)
    this.#memory.drop(this.#groups.length - left.length)
    this.#groups = left
    if (this.last < index) this.last = index
  }

  #groupOf(index: LogIndex): Group | undefined {
    const behind = Math.floor((this.last - index) / GROUP_LENGTH)
    return this.#groups[this.#groups.length - 1 - behind]
  }
}

class Group {
  /** Of its last entry. */
  readonly last: LogIndex
  readonly #terms: readonly Term[]
  /** Of each entry one, empty where it is among the others. */
  readonly #texts: PackedTexts
  /** Those that are no commands, or long ones, as they are. */
  readonly #others: readonly Entry[]

  constructor(entries: readonly Entry[], memory: Pieces) {
    this.last = entries.at(-1)?.index ?? logIndex(0)
    this.#terms = entries.map((entry) => entry.term)
    this.#texts = PackedTexts.in(memory, entries.map(packedText))
    this.#others = entries.filter((entry) => !isPacked(entry))
  }

  termAt(index: LogIndex): Term | undefined {
    return this.#terms[this.#placeOf(index)]
  }

  sizeAt(index: LogIndex): number {
    const other = this.#others.find((entry) => entry.index === index)
    if (other === undefined) return this.#texts.lengthAt(this.#placeOf(index))
    return other.kind === 'command' ? other.data.length : 0
  }

  /** From `from` on, which is here. */
  from(from: LogIndex): readonly Entry[] {
    const start = this.#placeOf(from)
    return this.#texts
      .read()
      .slice(start)
      .map((data, at): Entry => {
        const index = logIndex(from + at)
        const other = this.#others.find((entry) => entry.index === index)
        return other ?? { kind: 'command', index, term: this.#terms[start + at] ?? term(0), data }
      })
  }

  #placeOf(index: LogIndex): number {
    return index - this.last + GROUP_LENGTH - 1
  }
}

function isPacked(entry: Entry): entry is CommandEntry {
  return entry.kind === 'command' && entry.data.length < LONG_TEXT
}

function packedText(entry: Entry): string {
  return isPacked(entry) ? entry.data : ''
}
