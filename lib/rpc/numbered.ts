/**
 * What each has under a number of its own: whole numbers that count up, with gaps or without; no two are the same.
 *
 * They lie in a ring, and what stays until its place is needed by another leaves it for a Map. A Map alone leaves a
 * table behind each time that it is full of what was deleted. Those of a Map that lives long are old to the engine, and
 * keep what stood in them, with all that it holds, until the whole heap is looked through: a client with 256 calls in
 * flight copied 4 of each 16 MB of its garbage for that.
 */

/** More of them are no use: nothing is in another's way before so many came in between. */
const PLACES_MAX = 4096

export class Numbered<T> {
  size = 0
  /** Of places where nothing is, any. */
  #numbers: number[] = [0]
  #items: (T | undefined)[] = [undefined]
  #stayed: Map<number, T> | undefined

  /** Under a number that has nothing. */
  put(number: number, item: T): void {
    if (this.#items[number & (this.#items.length - 1)] !== undefined) this.#makeRoom(number)
    const place = number & (this.#items.length - 1)
    this.#numbers[place] = number
    this.#items[place] = item
    this.size += 1
  }

  /** Undefined: there is nothing under that number, or nothing any more. */
  get(number: number): T | undefined {
    const place = number & (this.#items.length - 1)
    const item = this.#numbers[place] === number ? this.#items[place] : undefined
    return item ?? this.#stayed?.get(number)
  }

  /** The same, and it is kept no longer. */
  take(number: number): T | undefined {
    const place = number & (this.#items.length - 1)
    const item = this.#items[place]
    if (item === undefined || this.#numbers[place] !== number) return this.#takeStayed(number)
    this.#items[place] = undefined
    this.size -= 1
    return item
  }

  clear(): void {
    this.#items.fill(undefined)
    this.#stayed = undefined
    this.size = 0
  }

  /** In the order of their numbers. */
  all(): readonly (readonly [number, T])[] {
    const all: (readonly [number, T])[] = [...(this.#stayed ?? [])]
    this.#items.forEach((item, place) => {
      if (item !== undefined) all.push([this.#numbers[place] ?? 0, item])
    })
    return all.sort(([a], [b]) => a - b)
  }

  #takeStayed(number: number): T | undefined {
    const item = this.#stayed?.get(number)
    if (this.#stayed?.delete(number) === true) this.size -= 1
    return item
  }

  /** In a ring that has far more places than items, few are in another's way. */
  #makeRoom(number: number): void {
    while (this.size >= this.#items.length / 2 && this.#items.length < PLACES_MAX) this.#grow()
    const place = number & (this.#items.length - 1)
    const item = this.#items[place]
    if (item !== undefined) (this.#stayed ??= new Map()).set(this.#numbers[place] ?? 0, item)
  }

  #grow(): void {
    const [numbers, items] = [this.#numbers, this.#items]
    this.#numbers = new Array<number>(items.length * 2).fill(0)
    this.#items = new Array<T | undefined>(items.length * 2).fill(undefined)
    items.forEach((item, from) => {
      const number = numbers[from] ?? 0
      const place = number & (this.#items.length - 1)
      if (item === undefined) return
      this.#numbers[place] = number
      this.#items[place] = item
    })
  }
}
