/** Tells people when the leader is lost and when there is a new one. */
import type { Leader } from '../../lib/client/views.js'

/** What to say when the leader was `before` and is `now`. Nothing new: no sentences. */
function newsBetween(before: Leader | null, now: Leader | null, lost: boolean): readonly string[] {
  if (now === null)
    return before === null || lost ? [] : [`leader ${before.id} is gone; waiting for a new one …`]
  if (before === null) return [`leader: ${now.id} in term ${now.term}`]
  if (before.id === now.id && before.term === now.term) return []
  const gone = lost || before.id === now.id ? [] : [`leader ${before.id} is gone`]
  return [...gone, `new leader: ${now.id} in term ${now.term}`]
}

/** Remembers the last leader across the time without one. */
export class LeaderNews {
  #last: Leader | null = null
  #lost = false

  observe(now: Leader | null): readonly string[] {
    const news = newsBetween(this.#last, now, this.#lost)
    this.#lost = now === null && this.#last !== null
    if (now !== null) this.#last = now
    return news
  }
}
