/** Clusters of Timelines without a log, and a postman between them who does as he is told. */
import type { Json } from '../../lib/json.js'
import { withCommandContext } from '../../lib/replica/objects/context.js'
import { Timelines, type Part } from './modules.js'

const MANY = 1_000

export class Town {
  timelines = new Timelines()
  /** Topics of events. */
  readonly told: string[] = []
  #index = 0

  constructor(readonly name: string) {}

  does<T>(command: (timelines: Timelines) => T): T {
    this.#index += 1
    const index = this.#index
    const context = {
      index,
      term: 1,
      now: 1_000 + index,
      version: 1,
      random: () => index / MANY,
      emit: (topic: string): void => void this.told.push(topic),
    }
    return withCommandContext(context, () => command(this.timelines))
  }

  joined(...users: readonly string[]): this {
    for (const user of users) this.does((timelines) => timelines.join(user))
    return this
  }

  follow(user: string, author: string, { name }: Town): void {
    this.does((timelines) => timelines.follow(user, author, name))
  }

  post(user: string, ...texts: readonly string[]): void {
    for (const text of texts) this.does((timelines) => timelines.post(user, text))
  }

  /** As `author: text`. */
  timelineOf(user: string, most = MANY): readonly string[] {
    const { posts } = this.timelines.timeline(user, null, most)
    return posts.map(({ author, text }) => `${author}: ${text}`)
  }

  /** What waits for that town, without its being told that it has it. */
  partFor({ name }: Town): Part {
    const part = this.timelines.outgoing(name)
    if (part === null) throw new Error(`nothing waits for ${name}`)
    return part
  }

  takes(from: Town, part: Part): number {
    return this.does((timelines) => timelines.receive(from.name, part))
  }

  /** All that waits goes there, and is forgotten here. */
  carryTo(there: Town): void {
    for (;;) {
      const part = this.timelines.outgoing(there.name)
      if (part === null) return
      const upTo = there.takes(this, part)
      this.does((timelines) => timelines.carried(there.name, part.stream, upTo))
    }
  }

  async restart(): Promise<void> {
    const fresh = new Timelines()
    await fresh.restore(read(this.timelines.snapshot()))
    this.timelines = fresh
  }
}

async function* read(chunks: Iterable<Json>): AsyncGenerator<Json> {
  for (const chunk of chunks) yield JSON.parse(JSON.stringify(chunk)) as Json
}
