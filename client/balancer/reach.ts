/** Which methods of the cluster can be called through the balancer: a list of objects, and never a member's own. */
import type { Json } from '../../lib/json.js'
import { MethodNotFoundError } from '../../lib/rpc/errors.js'
import type { CallContext, Elsewhere, ExposedMethod, Handler } from '../../lib/rpc/host.js'

/** Objects of the protocol: what callers of the listed objects need beside them. */
const SESSION = 'session'
const WATCH = 'watch'
const DAEMON = 'daemon'

export type Forward = (method: string, params: readonly Json[], context: CallContext) => Promise<Json>

export interface ReachOptions {
  readonly objects: readonly string[]
  /** Whether that is the id of a member, whose object has Raft's own methods. */
  readonly isMember: (objectId: string) => boolean
  readonly forward: Forward
}

export class Reach {
  readonly #options: ReachOptions
  readonly #objects: ReadonlySet<string>

  constructor(options: ReachOptions) {
    this.#options = options
    this.#objects = new Set(options.objects)
  }

  /** Whether callers may use the object's methods. */
  allows(objectId: string): boolean {
    return this.#objects.has(objectId) && objectId !== DAEMON && !this.#options.isMember(objectId)
  }

  /** For the daemon: what is passed on to the leader. `daemon.ping` is the balancer's own. */
  readonly elsewhere: Elsewhere = (fullName) => {
    const dot = fullName.lastIndexOf('.')
    const objectId = fullName.slice(0, Math.max(dot, 0))
    if (objectId === DAEMON) return this.#ofDaemon(fullName)
    if (objectId === WATCH) return plain((params, context) => this.#watch(fullName, params, context))
    if (objectId !== SESSION && !this.allows(objectId)) return plain(() => this.#refuse(objectId))
    return plain((params, context) => this.#options.forward(fullName, params, context))
  }

  #ofDaemon(fullName: string): ExposedMethod | undefined {
    const { forward } = this.#options
    switch (fullName) {
      case 'daemon.describe':
        return plain(([objectId, ...rest], context) => {
          if (typeof objectId !== 'string' || !this.#isSeen(objectId)) this.#refuse(objectId)
          return forward(fullName, [objectId, ...rest], context)
        })
      case 'daemon.objects':
        return plain(async (params, context) => {
          const objects = await forward(fullName, params, context)
          return Array.isArray(objects)
            ? objects.filter((id) => typeof id === 'string' && this.#isSeen(id))
            : []
        })
      default:
        return undefined
    }
  }

  /** Its first parameter says whose events: those of other objects are nobody's business here. */
  #watch(fullName: string, params: readonly Json[], context: CallContext): Promise<Json> {
    const [objectId] = params
    if (typeof objectId !== 'string' || !this.allows(objectId)) this.#refuse(objectId)
    return this.#options.forward(fullName, params, context)
  }

  #isSeen(objectId: string): boolean {
    return objectId === SESSION || objectId === WATCH || this.allows(objectId)
  }

  #refuse(objectId: Json | undefined): never {
    const text = JSON.stringify(objectId ?? null).slice(0, 200)
    const listed = [...this.#objects].join(', ')
    throw new MethodNotFoundError(
      `${text} is no object that can be called through this balancer: there are ${listed} (--allow-object lists them)`,
    )
  }
}

function plain(handler: Handler): ExposedMethod {
  return { kind: 'plain', handler }
}
