/**
 * Calls of results that have not come yet, as the side that serves them sees it. A call says by `meta.followers` how
 * many calls will name its result; these call `@ID.method`, with ID as the id of its request, and wait until it has
 * ended. What is kept of a call ends with the last of its followers, or with the connection.
 */
import type { Json } from '../../json.js'
import { MethodNotFoundError } from '../errors.js'
import type { CallContext, ExposedMethod, ExposedObject } from '../exposed.js'
import { noSuchMethod } from '../no-such-method.js'
import { toWire } from '../wire-error.js'

/** Calls of one connection whose results are kept at a time; that of another one is not. */
export const FOLLOWED_MAX = 1_000
/** What one is taken to hold. */
const FOLLOWED_BYTES = 1024

/** Of a result that is no object with methods nothing is kept but why nobody can call it. */
type Callable = { readonly object: ExposedObject } | { readonly why: string }

interface Followed {
  left: number
  /** Until it is known who calls: nothing of those that follow is read before. Absent: it is known, or nobody asks. */
  readonly admission: Promise<unknown> | undefined
  readonly result: Promise<Callable>
}

export class FollowedCalls {
  readonly #byId = new Map<string, Followed>()
  readonly #exposedOf: (value: object) => ExposedObject | undefined

  constructor(exposedOf: (value: object) => ExposedObject | undefined) {
    this.#exposedOf = exposedOf
  }

  get heldBytes(): number {
    return this.#byId.size * FOLLOWED_BYTES
  }

  /** The call of that id has begun, and comes to `value`. */
  began(
    id: Json | undefined,
    followers: number,
    value: Promise<unknown>,
    admission?: Promise<unknown>,
  ): void {
    if (typeof id !== 'number' || this.#byId.size >= FOLLOWED_MAX) return
    const result = value
      .then((brought) => this.#callable(brought))
      .catch((error: unknown) => ({ why: `that call has failed: ${toWire(error).message}` }))
    this.#byId.set(String(id), { left: followers, admission, result })
  }

  /** The method that `@5.read` names. */
  find(name: string): ExposedMethod {
    const dot = name.indexOf('.')
    const [id, method] = dot < 0 ? [name.slice(1), ''] : [name.slice(1, dot), name.slice(dot + 1)]
    const run = async (params: readonly unknown[], context: CallContext): Promise<unknown> => {
      const found = await this.#methodOf(id, method)
      if (found.ofValues !== undefined) return found.ofValues(params, context)
      // Whoever follows a call reads tags, and here has sent none.
      return found.handler(params as readonly Json[], context)
    }
    const followed = this.#byId.get(id)
    const admits = followed === undefined ? (): never => notKept(id, method) : () => followed.admission
    return { kind: 'plain', admits, handler: run, ofValues: run }
  }

  end(): void {
    this.#byId.clear()
  }

  #callable(value: unknown): Callable {
    const object = typeof value === 'object' && value !== null ? this.#exposedOf(value) : undefined
    return object === undefined ? { why: 'its result has no methods that can be called' } : { object }
  }

  async #methodOf(id: string, method: string): Promise<ExposedMethod> {
    const followed = this.#byId.get(id)
    if (followed === undefined) return notKept(id, method)
    followed.left -= 1
    if (followed.left <= 0) this.#byId.delete(id)
    const result = await followed.result
    if ('why' in result) throw notExecuted(id, method, result.why)
    const { object } = result
    const found = object.methods.get(method)
    if (found !== undefined) return found
    throw new MethodNotFoundError(
      object.whyNot?.(method) ?? noSuchMethod('its result', method, [...object.methods.keys()]),
    )
  }
}

function notKept(id: string, method: string): never {
  throw notExecuted(id, method, 'its result is not kept here')
}

function notExecuted(id: string, method: string, why: string): MethodNotFoundError {
  return new MethodNotFoundError(`${method}, of what call ${id} comes to, was not executed: ${why}`)
}
