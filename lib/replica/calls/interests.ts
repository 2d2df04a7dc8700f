/** Who waits for which topics, so that an event costs no more the more of them wait for other ones. */
import type { TopicFilter } from '../machine/events.js'

/** Those who wait for topics of one object. */
interface Audience<T> {
  readonly topics: Map<string, Set<T>>
  readonly prefixes: Map<string, Set<T>>
  /** How many different prefixes of each length are waited for: a topic is looked up once for each length. */
  readonly lengths: Map<number, number>
}

export class Interests<T> {
  readonly #audiences = new Map<string, Audience<T>>()

  add(object: string, filter: TopicFilter, who: T): void {
    const audience = this.#audiences.get(object) ?? {
      topics: new Map(),
      prefixes: new Map(),
      lengths: new Map(),
    }
    this.#audiences.set(object, audience)
    const [sets, keys] = setsAndKeysOf(audience, filter)
    for (const key of keys) {
      const present = sets.get(key)
      if (present !== undefined) present.add(who)
      else {
        sets.set(key, new Set([who]))
        if (filter.kind === 'prefix') count(audience.lengths, key.length, 1)
      }
    }
  }

  remove(object: string, filter: TopicFilter, who: T): void {
    const audience = this.#audiences.get(object)
    if (audience === undefined) return
    const [sets, keys] = setsAndKeysOf(audience, filter)
    for (const key of keys) {
      const present = sets.get(key)
      if (present === undefined || !present.delete(who) || present.size > 0) continue
      sets.delete(key)
      if (filter.kind === 'prefix') count(audience.lengths, key.length, -1)
    }
    if (audience.topics.size + audience.prefixes.size === 0) this.#audiences.delete(object)
  }

  /** Everyone whose filter lets the topic through, each once. */
  in(object: string, topic: string): readonly T[] {
    const audience = this.#audiences.get(object)
    if (audience === undefined) return []
    const found = [...(audience.topics.get(topic) ?? [])]
    for (const length of audience.lengths.keys()) {
      if (length <= topic.length) found.push(...(audience.prefixes.get(topic.slice(0, length)) ?? []))
    }
    return found
  }
}

function setsAndKeysOf<T>(
  audience: Audience<T>,
  filter: TopicFilter,
): [Map<string, Set<T>>, Iterable<string>] {
  return filter.kind === 'topics' ? [audience.topics, filter.topics] : [audience.prefixes, [filter.prefix]]
}

function count(lengths: Map<number, number>, length: number, by: 1 | -1): void {
  const present = (lengths.get(length) ?? 0) + by
  if (present === 0) lengths.delete(length)
  else lengths.set(length, present)
}
