import type { ReadContext, Ticks } from './types.js'

/** Requests until the numbers reach those of the next seed; all numbers stay safe integers. */
const REQUESTS_A_LIFE = 2 ** 20

/**
 * A follower's reads, which wait for its leader's read index (thesis §6.4). One request is under way at a time; reads
 * that come in meanwhile share the next, because an index that the leader has noted before a read came in may be too
 * old for it. For the same reason requests are numbered: an answer counts only for those who waited when its request
 * left.
 */
export class RemoteReads {
  #number: number
  #waiting: ReadContext[] = []
  #asked: readonly ReadContext[] = []
  /** When the request under way left, or was last repeated; undefined: there is none. */
  askedAt: Ticks | undefined

  /**
   * `seed`: another one after each start. Numbers go on from there, so that an answer that was for this server's former
   * life is for nobody.
   */
  constructor(seed: number) {
    this.#number = (seed >>> 0) * REQUESTS_A_LIFE
  }

  get size(): number {
    return this.#asked.length + this.#waiting.length
  }

  /** Whether a request should leave: some wait for one, and none is under way. */
  get wantsRequest(): boolean {
    return this.#waiting.length > 0 && this.askedAt === undefined
  }

  add(context: ReadContext): void {
    this.#waiting.push(context)
  }

  /** A request leaves for all that wait: its number. */
  ask(now: Ticks): number {
    this.#asked = this.#waiting
    this.#waiting = []
    this.askedAt = now
    return ++this.#number
  }

  /** The request under way leaves once more: its number. */
  repeat(now: Ticks): number {
    this.askedAt = now
    return this.#number
  }

  /** Takes out those whom the answer to request `number` is for: nobody, when it is not the one under way. */
  answered(number: number): readonly ReadContext[] {
    if (this.askedAt === undefined || number !== this.#number) return []
    const contexts = this.#asked
    this.#asked = []
    this.askedAt = undefined
    return contexts
  }

  /** Takes out everything, oldest first; what the request under way brings counts no more. */
  drain(): readonly ReadContext[] {
    const contexts = [...this.#asked, ...this.#waiting]
    this.#asked = []
    this.#waiting = []
    this.askedAt = undefined
    return contexts
  }
}
