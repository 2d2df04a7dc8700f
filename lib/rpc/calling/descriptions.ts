/** What the processes say of their objects: which methods only read, and which cluster's log a command goes through. */
import { membersOf, type Json } from '../../json.js'
import type { Connection } from '../channels/connection.js'
import { NameNotFoundError, RollcallError, UnauthorizedError } from '../errors.js'
import { methodsIn } from '../proxies/described-methods.js'
import type { CallMeta, MethodSaid } from '../exposed.js'
import { notSent } from './not-sent.js'
import { nameOf, type Target } from './target.js'

export interface Description {
  /** A method that is not among them must be taken for one that changes something. */
  readonly methods: ReadonlyMap<string, MethodSaid>
  /**
   * The id of the cluster that replicates the object; null while it has none yet; undefined when it is not replicated.
   */
  readonly cluster: string | null | undefined
}

const NOTHING: Description = { methods: new Map(), cluster: undefined }

/** Objects of which it is kept what was said of them, by each process and by all: whoever serves may have ever new ones. */
const DESCRIBED_MAX = 10_000

/** The other end of a connection. */
type Process = Pick<Connection, 'call'>

export class Descriptions {
  /** By target. */
  readonly #learnt = new Map<string, Description>()
  readonly #said = new WeakMap<Process, Map<string, Description>>()
  readonly #asked = new WeakMap<Process, Map<string, Promise<Description>>>()

  /** What the process has said of its object, if that tells of `method` and will do for good. */
  known(objectId: string, method: string, connection: Process): Description | undefined {
    const said = this.#said.get(connection)?.get(objectId)
    return said?.methods.has(method) === true && said.cluster !== null ? said : undefined
  }

  /** Of what was called there last; undefined while nobody has asked. */
  last(target: Target): Description | undefined {
    return this.#learnt.get(nameOf(target))
  }

  /** The target's process has said it; without methods, it can't describe its objects. */
  learn(target: Target, said: Description): void {
    const name = nameOf(target)
    if (said.methods.size > 0 && this.#learnt.get(name) !== said) keep(this.#learnt, name, said)
  }

  /** The method has brought that. */
  brought(objectId: string, method: string, connection: Process, what: 'object' | 'value'): void {
    const how = this.known(objectId, method, connection)?.methods.get(method)
    if (how !== undefined) how.brings = what
  }

  /** Another process may be at the other end by now. */
  forget(connection: Process): void {
    this.#said.delete(connection)
  }

  /**
   * What the process at the other end says of its object, asked once for all who wait. Rejects, with an error that says
   * not executed, when it may say more another time, and with NAME_NOT_FOUND when it has no such object; a process that
   * can't describe its objects is asked nothing else.
   */
  of(objectId: string, connection: Process): Promise<Description> {
    const asked = mapOf(this.#asked, connection)
    const before = asked.get(objectId)
    if (before !== undefined) return before
    const asking = ask(objectId, connection)
      .then((said) => {
        keep(mapOf(this.#said, connection), objectId, said)
        return said
      })
      .finally(() => asked.delete(objectId))
    asked.set(objectId, asking)
    return asking
  }
}

function mapOf<T>(maps: WeakMap<Process, Map<string, T>>, connection: Process): Map<string, T> {
  const known = maps.get(connection) ?? new Map<string, T>()
  maps.set(connection, known)
  return known
}

/** In place of the first that was kept, where there are too many. */
function keep(all: Map<string, Description>, name: string, said: Description): void {
  all.set(name, said)
  if (all.size <= DESCRIBED_MAX) return
  for (const first of all.keys()) {
    all.delete(first)
    return
  }
}

/** An older process pays no attention to it. */
const READS_TAGS: CallMeta = { tags: 0 }

async function ask(objectId: string, connection: Process): Promise<Description> {
  try {
    return readDescription(await connection.call('daemon.describe', [objectId], { meta: READS_TAGS }))
  } catch (error) {
    if (!(error instanceof RollcallError) || error instanceof NameNotFoundError) throw error
    if (error instanceof UnauthorizedError) throw error
    if (error.retry === 'never') return NOTHING
    throw notSent(error)
  }
}

/** From what `daemon.describe` answers; what is no description has no methods. */
export function readDescription(description: Json): Description {
  const { methods, cluster } = membersOf(description)
  return {
    methods: methodsIn(methods),
    cluster: typeof cluster === 'string' || cluster === null ? cluster : undefined,
  }
}
