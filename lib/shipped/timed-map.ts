/** Values by their keys, each of which may be over at some time: what is over is found at once. */
import { SnapshotMap, type PutBack } from '../replica/objects/snapshot-map.js'
import { DueTimes } from './due-times.js'

/** Values are replaced, never changed in place. */
export class TimedMap<V> {
  readonly #values = new SnapshotMap<string, V>()
  readonly #due = new DueTimes()

  /** `endOf`: when a value is over; undefined: never. */
  constructor(private readonly endOf: (value: V) => number | undefined) {}

  get size(): number {
    return this.#values.size
  }

  get(key: string): V | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: V): void {
    this.#values.set(key, value)
    this.#due.set(key, this.endOf(value))
  }

  /** Whether it was there. */
  delete(key: string): boolean {
    this.#due.set(key, undefined)
    return this.#values.delete(key)
  }

  /** When the first is over. */
  get nextEnd(): number | undefined {
    return this.#due.next
  }

  /** The first, if it is over by `now`: to be set anew, or deleted, since it is not told again. */
  takeOver(now: number): readonly [key: string, value: V] | undefined {
    const key = this.#due.take(now)
    const value = key === undefined ? undefined : this.#values.get(key)
    return key === undefined || value === undefined ? undefined : [key, value]
  }

  /** As that of a SnapshotMap; what is over when is put back as well. */
  attempt(run: () => void, putBack?: (changes: readonly PutBack<string, V>[]) => void): void {
    this.#values.attempt(run, (changes) => {
      for (const { key, value } of changes)
        this.#due.set(key, value === undefined ? undefined : this.endOf(value))
      putBack?.(changes)
    })
  }

  /** As that of a SnapshotMap. */
  capture(): Iterable<readonly [string, V]> {
    return this.#values.capture()
  }
}
