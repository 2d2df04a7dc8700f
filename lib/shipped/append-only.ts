/** Values in blocks, so that the oldest can be dropped and all can be captured without moving the others. */
export class AppendOnly<T> {
  /** Only the last block grows; none is changed otherwise. The first begins at `#start`. */
  #blocks: T[][] = []
  #start: number
  #next: number

  /** Of the places, which count from `first`, the newest `keep` are kept. */
  constructor(
    private readonly keep: number,
    first = 1,
  ) {
    this.#start = first
    this.#next = first
  }

  /** The lowest place that is kept, or `next` when nothing is. */
  get first(): number {
    return Math.max(this.#start, this.#next - this.keep)
  }

  /** The place that the next value will have. */
  get next(): number {
    return this.#next
  }

  push(value: T): void {
    const last = this.#blocks.at(-1)
    if (last !== undefined && last.length < BLOCK_LENGTH) last.push(value)
    else this.#blocks.push([value])
    this.#next += 1
    if (this.first - this.#start < BLOCK_LENGTH) return
    this.#blocks.shift()
    this.#start += BLOCK_LENGTH
  }

  /** Runs `run`; if it throws, what was pushed meanwhile is gone, and the same is thrown. */
  attempt(run: () => void): void {
    const [blocks, start, next] = [[...this.#blocks], this.#start, this.#next]
    try {
      run()
    } catch (error) {
      this.#blocks = blocks
      this.#start = start
      this.#next = next
      const last = blocks.at(-1)
      if (last !== undefined) last.length = next - start - BLOCK_LENGTH * (blocks.length - 1)
      throw error
    }
  }

  /** Undefined for a place that is not kept, or not taken yet. */
  at(place: number): T | undefined {
    if (place < this.first) return undefined
    const from = place - this.#start
    return this.#blocks[Math.floor(from / BLOCK_LENGTH)]?.[from % BLOCK_LENGTH]
  }

  /** The values kept, as they are now, whatever is pushed before they are pulled. */
  values(): Iterable<T> {
    return walk([...this.#blocks], this.first - this.#start, this.#next - this.#start)
  }
}

const BLOCK_LENGTH = 1024

function* walk<T>(blocks: readonly (readonly T[])[], from: number, to: number): Generator<T> {
  for (let at = from; at < to; at++) {
    const value = blocks[Math.floor(at / BLOCK_LENGTH)]?.[at % BLOCK_LENGTH]
    if (value !== undefined) yield value
  }
}
