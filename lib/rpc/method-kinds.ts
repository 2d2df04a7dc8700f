/** Which methods of an object only read, asked once of whoever has it. */
import type { Json } from '../json.js'
import type { Connection } from './connection.js'
import type { MethodKind } from './host.js'

export type Kinds = ReadonlyMap<string, MethodKind>

export class MethodKinds {
  readonly #known = new Map<string, Promise<Kinds | undefined>>()

  /** Asks for the object's description, beside the calls that are sent, unless it is known or asked for already. */
  learn(objectId: string, connection: Connection): void {
    if (this.#known.has(objectId)) return
    const asked = connection.call('daemon.describe', [objectId]).then(readKinds, () => undefined)
    this.#known.set(objectId, asked)
    void asked.then((kinds) => {
      if (kinds === undefined) this.#known.delete(objectId)
    })
  }

  /** Undefined: not known. Then the method must be taken for one that changes something. */
  async of(objectId: string, method: string): Promise<MethodKind | undefined> {
    return (await this.#known.get(objectId))?.get(method)
  }
}

/** From what `daemon.describe` answers; what is no description has no methods. */
export function readKinds(description: Json): Kinds {
  const kinds = new Map<string, MethodKind>()
  const { methods } = Object(description) as { readonly methods?: unknown }
  const list: readonly unknown[] = Array.isArray(methods) ? methods : []
  for (const method of list) {
    const { name, kind } = Object(method) as { readonly name?: unknown; readonly kind?: unknown }
    if (typeof name === 'string' && (kind === 'plain' || kind === 'command' || kind === 'query'))
      kinds.set(name, kind)
  }
  return kinds
}
