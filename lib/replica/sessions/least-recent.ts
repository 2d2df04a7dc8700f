/**
 * A list in the order of last use. Every operation takes the same short time, however long the list is, and so does a
 * copy, almost: items and their neighbours stand side by side, as an object for each of 100,000 would have to be looked
 * up one by one.
 */

/** Where an item stands, for as long as it is in the list. */
export type Place = number & { readonly __brand: 'Place' }

/** It stands in front of the first and behind the last, and holds nothing. */
const END = 0 as Place

/** A Map that grows makes all its room anew at once: 6 ms for 65,536 keys. Its parts do so one by one. */
const PARTS = 32

/** Where each item stands, by a key whose last letter is random. */
export class Places {
  readonly #parts = Array.from({ length: PARTS }, () => new Map<string, Place>())
  size = 0

  get(key: string): Place | undefined {
    return this.#parts[key.charCodeAt(key.length - 1) % PARTS]?.get(key)
  }

  /** Of one that is not there yet. */
  add(key: string, place: Place): void {
    this.#part(key).set(key, place)
    this.size += 1
  }

  delete(key: string): void {
    if (this.#part(key).delete(key)) this.size -= 1
  }

  #part(key: string): Map<string, Place> {
    const part = this.#parts[key.charCodeAt(key.length - 1) % PARTS]
    if (part === undefined) throw new Error(`there is no part for ${key}`)
    return part
  }
}

export class LeastRecent<T> {
  readonly #items: (T | undefined)[] = [undefined]
  readonly #before: Place[] = [END]
  readonly #after: Place[] = [END]
  readonly #free: Place[] = []

  /** The least recently used. */
  get first(): T | undefined {
    return this.at(this.#after[END] ?? END)
  }

  /** Undefined where nothing stands. */
  at(place: Place): T | undefined {
    return this.#items[place]
  }

  /** Puts an item behind all others. */
  add(item: T): Place {
    const place = this.#free.pop() ?? (this.#items.length as Place)
    this.#items[place] = item
    this.#putLast(place)
    return place
  }

  /** Puts `item` where another one stands. */
  replace(place: Place, item: T): void {
    this.#items[place] = item
  }

  /** The same, and it is now the most recently used. */
  use(place: Place, item: T): void {
    this.#items[place] = item
    if (this.#after[place] === END) return
    this.#takeOut(place)
    this.#putLast(place)
  }

  remove(place: Place): void {
    this.#takeOut(place)
    this.#items[place] = undefined
    this.#free.push(place)
  }

  /** From the least to the most recently used, as they are now. */
  copy(): Iterable<T> {
    return inOrder(this.#items.slice(), this.#after.slice())
  }

  /** From the least to the most recently used. Nothing may be moved meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return inOrder(this.#items, this.#after)
  }

  #putLast(place: Place): void {
    this.#link(this.#before[END] ?? END, place)
    this.#link(place, END)
  }

  #takeOut(place: Place): void {
    this.#link(this.#before[place] ?? END, this.#after[place] ?? END)
  }

  #link(one: Place, next: Place): void {
    this.#after[one] = next
    this.#before[next] = one
  }
}

function* inOrder<T>(
  items: readonly (T | undefined)[],
  after: readonly Place[],
): Generator<T, void, undefined> {
  for (let place = after[END] ?? END; place !== END; place = after[place] ?? END) {
    const item = items[place]
    if (item !== undefined) yield item
  }
}
