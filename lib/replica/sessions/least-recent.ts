/** A list in the order of last use. Every operation takes the same short time, however long the list is. */

/** What can stand in such a list, in one at a time. The members are the list's own. */
export interface Linked<T> {
  before: T | undefined
  after: T | undefined
}

export class LeastRecent<T extends Linked<T>> {
  /** The least recently used. */
  first: T | undefined
  /** The most recently used. */
  last: T | undefined

  /** Puts an item that is in no list behind all others. */
  add(item: T): void {
    item.before = this.last
    item.after = undefined
    if (this.last === undefined) this.first = item
    else this.last.after = item
    this.last = item
  }

  /** Takes out an item of this list. */
  remove(item: T): void {
    const { before, after } = item
    if (before === undefined) this.first = after
    else before.after = after
    if (after === undefined) this.last = before
    else after.before = before
  }

  /** From the least to the most recently used. Nothing may be moved meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let item = this.first; item !== undefined; item = item.after) yield item
  }
}
