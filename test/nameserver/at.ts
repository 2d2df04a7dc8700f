/** A registry and the log time at which its commands run, without a log. */
import type { Json } from '../../lib/json.js'
import type { Fence, NameRecord, RegisterOptions } from '../../lib/names.js'
import { withCommandContext } from '../../lib/replica/objects/context.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import { Registry, type Expiry } from '../../nameserver/registry.js'
import { ManualClock } from '../harness/manual-clock.js'

export class Names {
  readonly clock = new ManualClock()
  registry = new Registry(this.clock)
  now = 1_000
  /** For which version of the registry the commands are written. */
  version = Registry.version
  /** What was emitted, as its topic and data. */
  readonly events: [string, Json][] = []

  register(name: string, uri: string, options?: RegisterOptions): NameRecord {
    return this.#command(() => this.registry.register(name, uri, options))
  }

  remove(name: string): boolean {
    return this.#command(() => this.registry.remove(name))
  }

  unregister(name: string, uri: string): boolean {
    return this.#command(() => this.registry.unregister(name, uri))
  }

  setMetadata(name: string, metadata: readonly string[], uri?: string): NameRecord {
    return this.#command(() => this.registry.setMetadata(name, metadata, uri))
  }

  expire(...silent: readonly string[]): Expiry {
    return this.#command(() => this.registry.expire(silent))
  }

  /** Goes on with another registry, restored from a snapshot of this one. */
  async restart(): Promise<void> {
    const fresh = new Registry(this.clock)
    await fresh.restore(read(this.registry.snapshot()))
    this.registry = fresh
  }

  #command<T>(task: () => T): T {
    const emit = (topic: string, data: Json): void => void this.events.push([topic, data])
    return withCommandContext(
      { index: 1, term: 1, now: this.now, random: () => 0, version: this.version, emit },
      task,
    )
  }
}

async function* read(chunks: Iterable<Json>): AsyncGenerator<Json> {
  yield* chunks
}

export function fence(clusterId: string, term: number): { readonly fence: Fence } {
  return { fence: { clusterId, term } }
}

/** What the call came to, or the label of its error. */
export function outcome(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    if (error instanceof RollcallError) return error.label
    throw error
  }
}
