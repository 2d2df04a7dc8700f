/**
 * What is kept for a short while under numbers that count up, as a Map would keep it. A Map leaves a table behind each
 * time that it is full of what was deleted. Those of a Map that lives long are old to the engine, and keep what stood
 * in them, with all that it holds, until the whole heap is looked through: a client with 256 calls in flight copied
 * 4 of each 16 MB of its garbage for that.
 *
 * The numbers lie in a ring. Who stays until his place is needed by another leaves it for a Map.
 */

const PLACES_MIN = 16
/** More of them are no use: nobody is in each other's way before so many came in between. */
const PLACES_MAX = 4096

/** Of a Map, what is needed to keep those who wait. */
export interface Keeping<K, T> extends Iterable<readonly [K, T]> {
  readonly size: number
  get(key: K): T | undefined
  set(key: K, value: T): unknown
  delete(key: K): boolean
  clear(): void
}

/** `get`, `set` and `delete` as of a Map; what is gone through is in the order of its numbers, which are 1 or more. */
export class Numbered<T extends object | string> implements Keeping<number, T> {
  size = 0
  /** Of a place where nobody is, any. */
  #numbers: number[] = new Array<number>(PLACES_MIN).fill(0)
  #values: (T | undefined)[] = new Array<undefined>(PLACES_MIN).fill(undefined)
  readonly #stayed = new Map<number, T>()

  get(number: number): T | undefined {
    const at = this.#placeOf(number)
    if (this.#numbers[at] === number) return this.#values[at]
    return this.#stayed.size > 0 ? this.#stayed.get(number) : undefined
  }

  set(number: number, value: T): void {
    this.delete(number)
    this.size += 1
    while (this.#isTaken(number) && this.#numbers.length < PLACES_MAX && this.size > this.#numbers.length / 2)
      this.#grow()
    const at = this.#placeOf(number)
    const before = this.#values[at]
    if (before !== undefined) this.#stayed.set(this.#numbers[at] ?? 0, before)
    this.#numbers[at] = number
    this.#values[at] = value
  }

  delete(number: number): boolean {
    const at = this.#placeOf(number)
    const isHere = this.#numbers[at] === number && this.#values[at] !== undefined
    if (isHere) this.#values[at] = undefined
    else if (this.#stayed.size === 0 || !this.#stayed.delete(number)) return false
    this.size -= 1
    return true
  }

  clear(): void {
    this.#values.fill(undefined)
    this.#stayed.clear()
    this.size = 0
  }

  *[Symbol.iterator](): Generator<readonly [number, T]> {
    const all: (readonly [number, T])[] = [...this.#stayed]
    this.#values.forEach((value, at) => {
      if (value !== undefined) all.push([this.#numbers[at] ?? 0, value])
    })
    yield* all.sort(([a], [b]) => a - b)
  }

  #placeOf(number: number): number {
    return number & (this.#numbers.length - 1)
  }

  #isTaken(number: number): boolean {
    return this.#values[this.#placeOf(number)] !== undefined
  }

  #grow(): void {
    const [numbers, values] = [this.#numbers, this.#values]
    this.#numbers = new Array<number>(numbers.length * 2).fill(0)
    this.#values = new Array<undefined>(numbers.length * 2).fill(undefined)
    numbers.forEach((number, from) => {
      if (values[from] === undefined) return
      const at = this.#placeOf(number)
      this.#numbers[at] = number
      this.#values[at] = values[from]
    })
  }
}
