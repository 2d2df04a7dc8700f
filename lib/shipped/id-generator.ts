import { isList, isWhole, type Json } from '../json.js'
import { command, PARAMETERS, query } from '../replica/objects/marks.js'
import { sliced } from '../replica/objects/sliced.js'
import { SnapshotMap } from '../replica/objects/snapshot-map.js'
import { OverloadedError } from '../rpc/errors.js'
import { readWhole } from './read-params.js'
import { readName } from './turns.js'

export const ID_LIMITS = {
  /** Of which ids were given out. */
  names: 100_000,
  /** Of one block. */
  count: 1_000_000,
}

/** Whole numbers by the names of what they number, from 1, each given out once: also after whoever had it is gone. */
export class IdGenerator {
  static readonly [PARAMETERS] = { reserve: ['name', 'count'], last: ['name'] }

  readonly #last = new SnapshotMap<string, number>()

  /** The first of so many one after another that are the caller's from now on. */
  @command reserve(name: string, count: number = 1): number {
    const signature = 'reserve(name, count)'
    const key = readName(name, signature)
    const wanted = readWhole(count, 1, ID_LIMITS.count, `${signature}: count`)
    const last = this.#last.get(key)
    if (last === undefined && this.#last.size >= ID_LIMITS.names)
      throw new OverloadedError(`${ID_LIMITS.names} names have ids already, which are kept for ever`)
    const before = last ?? 0
    if (before > Number.MAX_SAFE_INTEGER - wanted)
      throw new OverloadedError(`the ids of ${JSON.stringify(key)} are used up`)
    this.#last.set(key, before + wanted)
    return before + 1
  }

  /** The last one that was given out; 0: none was. */
  @query last(name: string): number {
    return this.#last.get(readName(name, 'last(name)')) ?? 0
  }

  attempt(run: () => void): void {
    this.#last.attempt(run)
  }

  /** Of each name `[name, last]`. */
  snapshot(): Iterable<Json> {
    return sliced(this.#last.capture())
  }

  async restore(chunks: AsyncIterable<Json>): Promise<void> {
    for await (const chunk of chunks) {
      const [name, last] = isList(chunk) ? chunk : []
      if (typeof name !== 'string' || !isWhole(last))
        throw new Error('a snapshot of idGenerator holds what is no name with its last id')
      this.#last.set(name, last)
    }
  }
}
