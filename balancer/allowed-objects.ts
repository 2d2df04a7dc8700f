/**
 * Which methods of the cluster can be called through the balancer: those of listed objects, and never a member's own.
 */
import type { Admit } from './doorman.js'
import { isList, type Json } from '../lib/json.js'
import { MethodNotFoundError } from '../lib/rpc/errors.js'
import type { Elsewhere } from '../lib/rpc/host.js'
import type { CallContext } from '../lib/rpc/exposed.js'

export type Forward = (method: string, params: readonly Json[], context: CallContext) => Promise<Json>

type PassOn = (params: readonly Json[], context: CallContext) => Promise<Json>

export interface AllowedObjectsOptions {
  readonly objects: readonly string[]
  /** Whether that is the id of a member, whose object has Raft's own methods. */
  readonly isMember: (objectId: string) => boolean
  readonly forward: Forward
  /** Judges who calls, before anything else. Default: everybody may. */
  readonly admit?: Admit | undefined
}

const DAEMON = 'daemon'
// What callers of the listed objects need beside them to call exactly once and to follow changes.
const SESSION = 'session'
const WATCH = 'watch'

export class AllowedObjects {
  readonly #options: AllowedObjectsOptions
  readonly #objects: ReadonlySet<string>

  constructor(options: AllowedObjectsOptions) {
    this.#options = options
    this.#objects = new Set(options.objects)
  }

  /** For the daemon. `daemon.ping` is not passed on: the balancer answers for itself. */
  readonly elsewhere: Elsewhere = (fullName) => {
    const handler = this.#passOn(fullName)
    return handler && { kind: 'plain', handler }
  }

  /** A call that comes by other ways than the daemon's; rejects with what the daemon would answer. */
  readonly call = async (
    objectId: string,
    method: string,
    params: readonly Json[],
    context: CallContext,
  ): Promise<Json> => {
    const fullName = `${objectId}.${method}`
    // A dot in the method would move the border between it and the object.
    const passOn = method.includes('.') ? undefined : this.#passOn(fullName)
    if (passOn !== undefined) return passOn(params, context)
    throw new MethodNotFoundError(`there is no method ${JSON.stringify(fullName)} here`)
  }

  #passOn(fullName: string): PassOn | undefined {
    const { admit } = this.#options
    const passOn = this.#passOnJudged(fullName)
    if (passOn === undefined || admit === undefined) return passOn
    return async (params, context) => passOn(params, await admit(fullName, params, context))
  }

  #passOnJudged(fullName: string): PassOn | undefined {
    const { forward } = this.#options
    const objectId = fullName.slice(0, Math.max(fullName.lastIndexOf('.'), 0))
    if (objectId === DAEMON) return this.#ofDaemon(fullName)
    return async (params, context) => {
      // The events of an object that is not listed are nobody's business here either.
      const wanted = objectId === WATCH ? params[0] : objectId
      this.#demand(wanted, objectId === SESSION || this.#isListed(wanted))
      return forward(fullName, params, context)
    }
  }

  #ofDaemon(fullName: string): PassOn | undefined {
    const { forward } = this.#options
    switch (fullName) {
      case 'daemon.describe':
        return async (params, context) => {
          this.#demand(params[0], this.#isSeen(params[0]))
          return forward(fullName, params, context)
        }
      case 'daemon.objects':
        return async (params, context) => {
          const objects = await forward(fullName, params, context)
          return isList(objects) ? objects.filter((id) => this.#isSeen(id)) : []
        }
      default:
        return undefined
    }
  }

  #isListed(objectId: Json | undefined): boolean {
    if (typeof objectId !== 'string' || objectId === DAEMON) return false
    return this.#objects.has(objectId) && !this.#options.isMember(objectId)
  }

  #isSeen(objectId: Json | undefined): boolean {
    return objectId === SESSION || objectId === WATCH || this.#isListed(objectId)
  }

  #demand(objectId: Json | undefined, isAllowed: boolean): void {
    if (isAllowed) return
    const shown = JSON.stringify(objectId ?? null).slice(0, 200)
    throw new MethodNotFoundError(
      `${shown} is not an object that can be called through this balancer: its --allow-object lists ` +
        [...this.#objects].join(', '),
    )
  }
}
