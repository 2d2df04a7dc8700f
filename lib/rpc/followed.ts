/**
 * Calls of results that have not come yet, as the side that serves them sees it. A call says by `meta.followers` how many
 * calls will name its result; these call `@ID.method`, with ID as the id of its request, and wait until it has ended. What is
 * kept of a call ends with the last of its followers, or with the connection.
 */
import type { Json } from '../json.js'
import { MethodNotFoundError } from './errors.js'
import type { CallContext, ExposedMethod, ExposedObject } from './host.js'
import { noSuchMethod } from './no-such-method.js'
import { toWire } from './wire-error.js'

/** Calls of one connection whose results are kept at a time; that of another one is not. */
export const FOLLOWED_MAX = 1_000
/** What one is taken to hold. */
const FOLLOWED_BYTES = 1024

interface Followed {
  left: number
  readonly value: Promise<unknown>
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
  began(id: Json | undefined, followers: number, value: Promise<unknown>): void {
    if (typeof id !== 'number' || this.#byId.size >= FOLLOWED_MAX) return
    // Whether it fails is for those to say who ask for it.
    value.catch(() => undefined)
    this.#byId.set(String(id), { left: followers, value })
  }

  /** The method that `@5.read` names. */
  find(name: string): ExposedMethod {
    const dot = name.indexOf('.')
    const [id, method] = [name.slice(1, dot), name.slice(dot + 1)]
    const run = async (params: readonly unknown[], context: CallContext): Promise<unknown> => {
      const found = await this.#methodOf(id, method)
      if (found.ofValues !== undefined) return found.ofValues(params, context)
      // Whoever follows a call reads tags, and here has sent none.
      return found.handler(params as readonly Json[], context)
    }
    return { kind: 'plain', handler: run, ofValues: run }
  }

  end(): void {
    this.#byId.clear()
  }

  async #methodOf(id: string, method: string): Promise<ExposedMethod> {
    const followed = this.#byId.get(id)
    if (followed === undefined) throw notExecuted(id, method, 'its result is not kept here')
    followed.left -= 1
    if (followed.left <= 0) this.#byId.delete(id)
    const value = await followed.value.catch((cause: unknown) => {
      throw notExecuted(id, method, `that call has failed: ${toWire(cause).message}`)
    })
    const object = typeof value === 'object' && value !== null ? this.#exposedOf(value) : undefined
    if (object === undefined) throw notExecuted(id, method, 'its result has no methods that can be called')
    const found = object.methods.get(method)
    if (found !== undefined) return found
    throw new MethodNotFoundError(
      object.whyNot?.(method) ?? noSuchMethod('its result', method, [...object.methods.keys()]),
    )
  }
}

function notExecuted(id: string, method: string, why: string): MethodNotFoundError {
  return new MethodNotFoundError(`${method}, of what call ${id} comes to, was not executed: ${why}`)
}
