/** Where in a list: between two of its values, or at one. */
export interface Place {
  readonly block: number
  readonly offset: number
}

/** Most values of a block. */
const LENGTH = 64
/** Neighbours that have no more than so many together become one. */
const FEW = LENGTH / 2

/**
 * A list that never changes: with a value more or less it is another one, which shares all blocks but one or two with
 * the first. So whoever captures it, or has it put back, keeps it and no more.
 */
export class Blocks<T> {
  constructor(
    readonly blocks: readonly (readonly T[])[] = [],
    readonly length: number = blocks.reduce((sum, block) => sum + block.length, 0),
  ) {}

  /** Of the value at an index, or of the end. */
  placeAt(index: number): Place {
    if (index >= this.length) return this.#end
    let [block, offset] = [0, index]
    for (const { length } of this.blocks) {
      if (offset < length) break
      offset -= length
      block += 1
    }
    return { block, offset }
  }

  /** Of the first value that is not before what is looked for: all that are stand at the front. */
  placeOf(isBefore: (value: T) => boolean): Place {
    const block = firstNot(this.blocks.length, (at) => this.#isAllBefore(at, isBefore))
    const values = this.blocks[block]
    if (values === undefined) return this.#end
    return { block, offset: firstNot(values.length, (at) => holds(values[at], isBefore)) }
  }

  get({ block, offset }: Place): T | undefined {
    return this.blocks[block]?.[offset]
  }

  /** The value there, and all that follow it. */
  *from({ block, offset }: Place): Generator<T> {
    for (let at = block; at < this.blocks.length; at++)
      yield* at === block ? (this.blocks[at] ?? []).slice(offset) : (this.blocks[at] ?? [])
  }

  /** With `values` in the place of so many, of one block. */
  spliced({ block, offset }: Place, count: 0 | 1, ...values: readonly T[]): Blocks<T> {
    const changed = (this.blocks[block] ?? []).toSpliced(offset, count, ...values)
    const [first, after] = [Math.max(0, block - 1), block + 2]
    const near = [
      ...this.blocks.slice(first, block),
      ...halved(changed, offset),
      ...this.blocks.slice(block + 1, after),
    ]
    const blocks = this.blocks.toSpliced(first, after - first, ...joined(near))
    return new Blocks(blocks, this.length - count + values.length)
  }

  get #end(): Place {
    const block = Math.max(0, this.blocks.length - 1)
    return { block, offset: this.blocks[block]?.length ?? 0 }
  }

  #isAllBefore(block: number, isBefore: (value: T) => boolean): boolean {
    return holds(this.blocks[block]?.at(-1), isBefore)
  }
}

function holds<T>(value: T | undefined, isBefore: (value: T) => boolean): boolean {
  return value !== undefined && isBefore(value)
}

/** The lowest number from 0 up to `end` that is not so: all below it are, and none above it. */
function firstNot(end: number, isSo: (at: number) => boolean): number {
  let [low, high] = [0, end]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isSo(middle)) low = middle + 1
    else high = middle
  }
  return low
}

/** A block that has become too long, as two. One that has grown at an end stays full: more will follow there. */
function halved<T>(block: readonly T[], grownAt: number): readonly (readonly T[])[] {
  if (block.length <= LENGTH) return [block]
  const inside = grownAt === 0 ? 1 : LENGTH / 2
  const cut = grownAt >= LENGTH ? LENGTH : inside
  return [block.slice(0, cut), block.slice(cut)]
}

/** Without empty ones. */
function joined<T>(blocks: readonly (readonly T[])[]): readonly (readonly T[])[] {
  const made: (readonly T[])[] = []
  for (const block of blocks) {
    const last = made.at(-1)
    if (last !== undefined && last.length + block.length <= FEW) made.splice(-1, 1, [...last, ...block])
    else if (block.length > 0) made.push(block)
  }
  return made
}
