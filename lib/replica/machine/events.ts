/**
 * What commands have emitted of late: part of the replicated state, so it is the same on every member after the same
 * entry, and a watcher can go on at any of them. Whole entries are forgotten, the oldest first.
 *
 * A cursor is the index of an entry: everything up to that entry has been seen. All events of one entry are given out
 * together, so no cursor ever stands between two of them.
 */
import { isList, parseJson, type Json } from '../../json.js'
import { CompactedError } from '../../rpc/errors.js'
import { GROUP_LENGTH } from '../../raft/packed-texts.js'
import { RunningHash } from './digest.js'
import { PackedEvents, type Emitted, type KeptEvent } from './packed-events.js'

/** An event as a watcher sees it. */
export interface WatchEvent {
  /** Where the command that emitted it stands in the Raft log. */
  readonly index: number
  readonly topic: string
  readonly data: Json
}

/** Which topics of an object: exactly these, or all that begin with a text (all of them with the empty one). */
export type TopicFilter =
  | { readonly kind: 'topics'; readonly topics: ReadonlySet<string> }
  | { readonly kind: 'prefix'; readonly prefix: string }

/** Some events, oldest first. */
export interface EventBatch {
  readonly events: readonly WatchEvent[]
  /** Whether there are more that match. Then the last one's index is the cursor to go on from. */
  readonly hasMore: boolean
}

/** How many events are kept, of all objects together. */
export const EVENTS_MAX = 10_000

/** How many characters the events kept may have: topics and the JSON text of their data together. */
export const EVENTS_TEXT_MAX = 8 * 1024 * 1024

/** The most characters of a batch of more than one entry: far from what a message may hold. */
const BATCH_TEXT_MAX = 128 * 1024

/** Members compare so many of the newest events, in so many characters: less than a millisecond's work. */
const COMPARED_MAX = { events: 1_000, text: 128 * 1024 }

/** A piece of a snapshot ends with the event that takes it past this many characters. */
const PIECE_TEXT_MAX = 32 * 1024

export class EventHistory {
  /** All but the newest. */
  #packed = new PackedEvents()
  #newest: KeptEvent[] = []
  /** The entry of the last event. */
  #last = 0
  #text = 0
  /** By object: the last entry of which an event was forgotten. */
  #forgotten = new Map<string, number>()

  /** Takes the events of a command that did not throw. Indices only grow; one command is recorded once. */
  record(index: number, emitted: readonly Emitted[]): void {
    for (const { object, topic, text } of emitted) this.#keep({ index, object, topic, text })
    while (this.#length > EVENTS_MAX || this.#text > EVENTS_TEXT_MAX) this.#forgetEntry()
  }

  /** The last entry of which an event, of any object, was forgotten; 0 when none was. */
  get forgotten(): number {
    return Math.max(0, ...this.#forgotten.values())
  }

  /** The least cursor from which nothing of the object is missing. */
  oldest(object: string): number {
    return this.#forgotten.get(object) ?? 0
  }

  /**
   * The object's events of entries after `from`: as many whole entries as hold `max` events, and one at the least.
   * @throws CompactedError when some of them are forgotten; its data is `{oldest}`, the least `from` that will do.
   */
  since(object: string, from: number, filter: TopicFilter, max: number): EventBatch {
    const oldest = this.oldest(object)
    if (from < oldest) throw compacted(object, from, oldest)
    const events: WatchEvent[] = []
    let entryStart = 0
    let text = 0
    for (let at = this.#firstAfter(from); at < this.#length; at++) {
      const kept = this.#at(at)
      if (kept === undefined || kept.object !== object || !passes(filter, kept.topic)) continue
      if (kept.index !== events.at(-1)?.index) entryStart = events.length
      events.push({ index: kept.index, topic: kept.topic, data: dataOf(kept) })
      text += sizeOf(kept)
      const isFull = events.length > max || text > BATCH_TEXT_MAX
      if (isFull && entryStart > 0) return { events: events.slice(0, entryStart), hasMore: true }
    }
    return { events, hasMore: false }
  }

  /** All events kept of entries after `index`, of all objects, oldest first. */
  *after(index: number): Iterable<Emitted & { readonly index: number }> {
    for (let at = this.#firstAfter(index); at < this.#length; at++) {
      const kept = this.#at(at)
      if (kept !== undefined) yield kept
    }
  }

  /**
   * A digest of the newest events as of the entry at `index`, which must be applied: a whole number below 2^53, the same
   * on all members that have the same ones. Undefined where one of them is forgotten already.
   */
  digestAt(index: number): number | undefined {
    const hash = new RunningHash()
    let text = 0
    const end = this.#firstAfter(index)
    for (let at = end - 1; at >= 0; at--) {
      const kept = this.#at(at)
      if (kept === undefined) break
      hash.mix(`${kept.index} ${kept.object} ${kept.topic} ${kept.text.length} `)
      hash.mix(kept.text.slice(0, COMPARED_MAX.text - text))
      text += sizeOf(kept)
      if (end - at >= COMPARED_MAX.events || text >= COMPARED_MAX.text) return hash.value
    }
    return this.#forgotten.size === 0 ? hash.value : undefined
  }

  /** The history as it is now, in pieces of JSON, whatever is recorded while they are taken. */
  capture(): Iterable<Json> {
    return pieces([...this.#forgotten], [this.#packed.copy(), this.#newest.slice()])
  }

  /** Becomes what `capture` gave out, once the last piece is there. Rejects, and stays as it was, for anything else. */
  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    const restored = new EventHistory()
    for await (const chunk of chunks) restored.#add(chunk)
    this.#packed = restored.#packed
    this.#newest = restored.#newest
    this.#last = restored.#last
    this.#text = restored.#text
    this.#forgotten = restored.#forgotten
  }

  #add(chunk: Json): void {
    const [kind, ...items] = listOf(chunk)
    if (kind === 'forgotten') for (const item of items) this.#forgotten.set(...forgottenOf(item))
    else if (kind === 'events') for (const item of items) this.#keep(eventOf(item))
    else throw malformed()
  }

  #keep(kept: KeptEvent): void {
    if (this.#last > kept.index)
      throw new Error(`an event of entry ${kept.index} came after one of entry ${this.#last}`)
    this.#last = kept.index
    this.#text += sizeOf(kept)
    this.#newest.push(kept)
    if (this.#newest.length >= GROUP_LENGTH) this.#packed.take(this.#newest.splice(0))
  }

  get #length(): number {
    return this.#packed.length + this.#newest.length
  }

  /** From the oldest, 0, on. */
  #at(place: number): KeptEvent | undefined {
    return this.#packed.at(place) ?? this.#newest[place - this.#packed.length]
  }

  #indexAt(place: number): number | undefined {
    return this.#packed.indexAt(place) ?? this.#newest[place - this.#packed.length]?.index
  }

  #forgetEntry(): void {
    const index = this.#indexAt(0)
    for (let kept = this.#at(0); kept?.index === index; kept = this.#at(0)) {
      if (kept === undefined) break
      this.#forgotten.set(kept.object, kept.index)
      this.#text -= sizeOf(kept)
      if (this.#packed.length > 0) this.#packed.shift()
      else this.#newest.shift()
    }
  }

  /** Position of the first event of an entry after `index`. */
  #firstAfter(index: number): number {
    let [low, high] = [0, this.#length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#indexAt(middle) ?? 0) <= index) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Whether the filter lets the topic through. */
function passes(filter: TopicFilter, topic: string): boolean {
  return filter.kind === 'topics' ? filter.topics.has(topic) : topic.startsWith(filter.prefix)
}

function compacted(object: string, from: number, oldest: number): CompactedError {
  return new CompactedError(
    `events of ${object} after entry ${from} are not all kept any more: ` +
      `read its state anew, and watch from ${oldest} or from null (now)`,
    { data: { oldest } },
  )
}

function* pieces(
  forgotten: readonly (readonly [string, number])[],
  events: readonly Iterable<KeptEvent>[],
): Iterable<Json> {
  yield ['forgotten', ...forgotten]
  let piece: Json[] = ['events']
  let text = 0
  for (const event of inOrder(events)) {
    piece.push([event.index, event.object, event.topic, dataOf(event)])
    text += sizeOf(event)
    if (text <= PIECE_TEXT_MAX) continue
    yield piece
    piece = ['events']
    text = 0
  }
  if (piece.length > 1) yield piece
}

function* inOrder(parts: readonly Iterable<KeptEvent>[]): Iterable<KeptEvent> {
  for (const part of parts) yield* part
}

function forgottenOf(item: Json): [string, number] {
  const [object, index] = listOf(item)
  if (typeof object !== 'string' || typeof index !== 'number') throw malformed()
  return [object, index]
}

function eventOf(item: Json): KeptEvent {
  const [index, object, topic, data] = listOf(item)
  if (typeof index !== 'number' || typeof object !== 'string' || typeof topic !== 'string') throw malformed()
  if (data === undefined) throw malformed()
  return { index, object, topic, text: JSON.stringify(data) }
}

/** Characters of the topic and of the data's JSON text. */
function sizeOf({ topic, text }: Emitted): number {
  return topic.length + text.length
}

function dataOf({ text }: Emitted): Json {
  return parseJson(text)
}

function listOf(value: Json): readonly Json[] {
  if (isList(value)) return value
  throw malformed()
}

function malformed(): Error {
  return new Error('the snapshot holds a history of events that this program does not understand')
}
