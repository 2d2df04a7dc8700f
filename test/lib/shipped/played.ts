/** A shipped object by itself: its commands run at the times and the indices that a test gives them. */
import { withCommandContext } from '../../../lib/replica/objects/context.js'
import { seededRandom } from '../../../lib/replica/objects/context.js'
import type { Json } from '../../../lib/json.js'
import type { Expires, TakesSnapshots } from '../../../lib/replica/objects/hooks.js'

/** Each has an index of its own, from 1, and a millisecond, unless time is let pass. */
export class Played<T extends Partial<Expires & TakesSnapshots>> {
  now = 1_000_000
  index = 0
  /** Told to watchers, oldest first. */
  readonly events: (readonly [topic: string, data: Json])[] = []

  constructor(readonly object: T) {}

  /** One command. */
  run<R>(command: (object: T) => R): R {
    this.index += 1
    const emit = (topic: string, data: Json): void => void this.events.push([topic, data])
    const { index, now } = this
    const context = { index, now, term: 1, version: 1, random: seededRandom(index), emit }
    return withCommandContext(context, () => command(this.object))
  }

  /** Time passes; what is over by then ends when it is, as the leader would have it. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds
    for (let next = this.#due(); next !== undefined && next <= end; next = this.#due()) {
      this.now = Math.max(this.now, next)
      this.run((object) => object.expire?.())
    }
    this.now = end
  }

  /** What was told since this was last asked. */
  told(): readonly (readonly [string, Json])[] {
    return this.events.splice(0)
  }

  #due(): number | undefined {
    return this.object.nextExpiry?.()
  }
}

/** Another one of the class, in the state of the first: its own snapshot is the same, to the letter. */
export async function copyOf<T extends TakesSnapshots>(object: T, Copy: new () => T): Promise<T> {
  const copy = new Copy()
  const text = JSON.stringify([...object.snapshot()])
  await copy.restore(chunksOf(JSON.parse(text) as Json[]))
  if (JSON.stringify([...copy.snapshot()]) !== text) throw new Error('it was restored as something else')
  return copy
}

async function* chunksOf(chunks: readonly Json[]): AsyncGenerator<Json> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}
