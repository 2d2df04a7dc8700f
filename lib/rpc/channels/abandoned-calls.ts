/** Calls of one channel that nobody waits for any more, and whose answers may still come. */

/** Of those that have handed over something: as many may be refused late. */
const REMEMBERED_MAX = 10_000

type Refused = (() => void) | undefined

export class AbandonedCalls {
  /** Most need no more than be counted. */
  #size = 0
  readonly #refused = new Map<number, Refused>()

  add(id: number, { onRefused }: { readonly onRefused?: Refused }): void {
    this.#size += 1
    if (onRefused === undefined) return
    this.#refused.set(id, onRefused)
    if (this.#refused.size > REMEMBERED_MAX) this.#forgetFirst()
  }

  /** Undefined: there can be none of that id. */
  take(id: number): { readonly onRefused: Refused } | undefined {
    if (this.#size === 0) return undefined
    this.#size -= 1
    const onRefused = this.#refused.get(id)
    this.#refused.delete(id)
    return { onRefused }
  }

  #forgetFirst(): void {
    for (const id of this.#refused.keys()) {
      this.#refused.delete(id)
      return
    }
  }
}
