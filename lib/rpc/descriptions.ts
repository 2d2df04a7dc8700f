/** What the processes say of their objects: which methods only read, and which cluster's log a command goes through. */
import { isList, membersOf, type Json } from '../json.js'
import type { Connection } from './connection.js'
import { RollcallError } from './errors.js'
import type { MethodKind } from './host.js'
import { notSent } from './not-sent.js'

export interface Description {
  /** A method that is not among them must be taken for one that changes something. */
  readonly kinds: ReadonlyMap<string, MethodKind>
  /** The id of the cluster that replicates the object; null while it has none yet; undefined when it is not replicated. */
  readonly cluster: string | null | undefined
}

const NOTHING: Description = { kinds: new Map(), cluster: undefined }

export class Descriptions {
  readonly #known = new WeakMap<Connection, Map<string, Promise<Description>>>()

  /** Another process may be at the other end by now. */
  forget(connection: Connection): void {
    this.#known.delete(connection)
  }

  /**
   * What the process at the other end says of its object, asked once as long as that tells of `method`. Rejects, with
   * an error that says not executed, when it may say more another time; a process that can't describe its objects is asked
   * nothing else.
   */
  of(objectId: string, method: string, connection: Connection): Promise<Description> {
    const known = this.#known.get(connection) ?? new Map<string, Promise<Description>>()
    this.#known.set(connection, known)
    const before = known.get(objectId)
    if (before !== undefined) return before
    const asked = ask(objectId, connection)
    known.set(objectId, asked)
    const forget = (): void => void known.delete(objectId)
    asked.then(({ kinds, cluster }) => {
      if (!kinds.has(method) || cluster === null) forget()
    }, forget)
    return asked
  }
}

async function ask(objectId: string, connection: Connection): Promise<Description> {
  try {
    return readDescription(await connection.call('daemon.describe', [objectId]))
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    if (error.retry === 'never') return NOTHING
    throw notSent(error)
  }
}

/** From what `daemon.describe` answers; what is no description has no methods. */
export function readDescription(description: Json): Description {
  const { methods, cluster } = membersOf(description)
  const kinds = new Map<string, MethodKind>()
  for (const method of isList(methods) ? methods : []) {
    const { name, kind } = membersOf(method)
    if (typeof name === 'string' && (kind === 'plain' || kind === 'command' || kind === 'query'))
      kinds.set(name, kind)
  }
  return { kinds, cluster: typeof cluster === 'string' || cluster === null ? cluster : undefined }
}
