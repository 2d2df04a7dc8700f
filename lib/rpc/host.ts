/** What one process offers: objects by id, and their exposed methods. */
import { whyUncallable } from './callable-names.js'
import { daemonObject } from './daemon-object.js'
import { InvalidParamsError, NameNotFoundError, UnreachableError } from './errors.js'
import { isExportId } from './export-ids.js'
import type { Gate } from './gate.js'
import { TAGS_VERSION } from './exposed.js'
import type {
  CallContext,
  ExposedMethod,
  ExposedObject,
  Identity,
  MethodDescription,
  ObjectDescription,
} from './exposed.js'
import { letGo, noSuchMethod, noSuchObject } from './no-such-method.js'
import { objectIdOf } from './uri.js'

/** The method of that full name when its object stands in another process, and calls of it are passed on. */
export type Elsewhere = (fullName: string) => ExposedMethod | undefined

type Methods = Pick<ReadonlyMap<string, ExposedMethod>, 'get'>

export class Host {
  /** Of which cluster the process is a member. Left undefined: of none. */
  identity: (() => Identity) | undefined
  /** By `objectId.method`. */
  methods: Methods
  readonly #objects = new Map<string, ExposedObject>()
  /** Of those that are registered here: no method's name has a dot. */
  readonly #own = new Map<string, ExposedMethod>()
  /** Undefined: everybody may call everything. */
  readonly gate: Gate | undefined

  /**
   * `elsewhere` goes before the objects that are registered here. Default: nothing is passed on. `gate` judges who calls
   * those. Default: everybody may.
   */
  constructor(elsewhere?: Elsewhere, gate?: Gate) {
    const own = this.#own
    this.methods = elsewhere === undefined ? own : { get: (name) => elsewhere(name) ?? own.get(name) }
    this.gate = gate
    this.#add('daemon', daemonObject(this))
  }

  /** @throws InvalidParamsError when the id is taken or can't stand in a URI, or a method's name can't be called. */
  register(objectId: string, object: ExposedObject): void {
    const id = objectIdOf(objectId)
    if (this.#objects.has(id)) throw new InvalidParamsError(`an object ${id} is registered already`)
    // A call of it would be looked for among what its connection has handed over.
    if (id.startsWith('$'))
      throw new InvalidParamsError(`${id} begins with $, as what a connection hands over: choose another id`)
    for (const name of object.methods.keys()) demandCallable(id, name)
    this.#add(id, object)
  }

  /**
   * Calls of its objects are refused from here on; what connections have handed over can be called still. Notifications
   * run: whoever has sent one before he heard of the end would not hear that it was refused.
   */
  close(): void {
    const before = this.methods
    this.methods = {
      get: (fullName) => {
        if (fullName.startsWith('daemon.')) return this.#own.get(fullName)
        const method = before.get(fullName)
        return method === undefined ? CLOSING : closing(method)
      },
    }
  }

  unregister(objectId: string): void {
    if (objectId === 'daemon') return
    for (const name of this.#objects.get(objectId)?.methods.keys() ?? [])
      this.#own.delete(`${objectId}.${name}`)
    this.#objects.delete(objectId)
  }

  #add(id: string, object: ExposedObject): void {
    this.#objects.set(id, object)
    for (const [name, method] of object.methods) {
      const fullName = `${id}.${name}`
      this.#own.set(fullName, this.gate?.guarded(fullName, method) ?? method)
    }
  }

  /** Why {@link methods} have none of that name: the object, or else the method, and what may have been meant. A sentence. */
  whyMissing(fullName: string): string {
    const dot = fullName.lastIndexOf('.')
    const name = fullName.slice(0, Math.max(0, dot))
    const method = fullName.slice(dot + 1)
    if (isExportId(name)) return letGo(fullName)
    const object = this.#objects.get(name)
    if (object === undefined) return noSuchObject(name, fullName, this.objects())
    return object.whyNot?.(method) ?? noSuchMethod(name, method, [...object.methods.keys()])
  }

  /** Ids of all objects, sorted. */
  objects(): string[] {
    return [...this.#objects.keys()].sort()
  }

  /** @throws NameNotFoundError */
  describe(objectId: string, isForTags = false): ObjectDescription {
    const object = this.#objects.get(objectId)
    if (object === undefined)
      throw new NameNotFoundError(`there is no object ${JSON.stringify(objectId)} here`)
    const methods = [...object.methods].map(([name, method]) => described(name, method, isForTags))
    return object.cluster === undefined ? { methods } : { methods, cluster: object.cluster() }
  }
}

const refused = (): never => {
  throw new UnreachableError('the process of this object is closing; the call was not executed')
}
const CLOSING: ExposedMethod = { kind: 'plain', handler: refused, ofValues: refused }

function closing({ admits, handler, ofValues, ...method }: ExposedMethod): ExposedMethod {
  const isHeard = ({ id }: CallContext): boolean => id !== undefined
  return {
    ...method,
    ...(admits && { admits: (context) => (isHeard(context) ? undefined : admits(context)) }),
    handler: (params, context) => (isHeard(context) ? refused() : handler(params, context)),
    ofValues: (values, context) => {
      if (isHeard(context) || ofValues === undefined) return refused()
      return ofValues(values, context)
    },
  }
}

function described(name: string, method: ExposedMethod, isForTags: boolean): MethodDescription {
  const { kind, form, params, ofValues, accepts } = method
  return {
    name,
    kind,
    ...(form !== undefined && { form }),
    ...(params !== undefined && { params }),
    ...(isForTags && ofValues !== undefined && { tags: TAGS_VERSION }),
    ...(!isForTags && accepts !== undefined && { accepts: accepts() }),
  }
}

function demandCallable(objectId: string, name: string): void {
  const why = whyUncallable(name)
  if (why === undefined) return
  throw new InvalidParamsError(
    `${objectId}: its method ${JSON.stringify(name)} can't be called from outside: ${why}`,
  )
}
