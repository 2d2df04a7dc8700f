/** The replicated objects as callers see them: what each can be asked for, and by which door that goes in. */
import type { ExposedMethod, ExposedObject, Handler } from '../../rpc/exposed.js'
import { schemasOf, validatedNames } from '../../rpc/answering/schemas.js'
import { jsonSchemasOf } from '../../rpc/answering/validation.js'
import { OWN_OBJECTS } from '../../roles.js'
import { SESSION_OBJECT } from '../objects/own-names.js'
import { UnsuitableClassError } from '../objects/unsuitable-class.js'
import { AtomicDoor } from './atomic-door.js'
import { CommandDoor, type CommandDoorOptions } from './command-door.js'
import { judgedParams } from './judged-params.js'
import { QueryDoor, type QueryDoorOptions } from './query-door.js'

export interface ObjectDoorOptions extends CommandDoorOptions, QueryDoorOptions {}

export class ObjectDoor {
  readonly objects: ReadonlyMap<string, ExposedObject>
  /** Several commands as one. */
  readonly atomic: ExposedObject
  readonly commands: CommandDoor
  readonly #queries: QueryDoor

  constructor(private readonly options: ObjectDoorOptions) {
    this.commands = new CommandDoor(options)
    this.#queries = new QueryDoor(options)
    this.objects = new Map([...options.machine.marks.keys()].map((name) => [name, this.#expose(name)]))
    const { methods } = new AtomicDoor({ ...options, commands: this.commands })
    this.atomic = { methods, cluster: this.#cluster }
  }

  #expose(object: string): ExposedObject {
    const methods = new Map<string, ExposedMethod>()
    this.#demandMethods(object)
    for (const [method, { kind, parameters, params }] of this.options.machine.marks.get(object)?.methods ??
      []) {
      const door = kind === 'command' ? this.commands : this.#queries
      const own = {
        kind,
        ...(parameters && { parameters }),
        ...(params !== undefined && { params }),
        ...(object === SESSION_OBJECT && { needs: OWN_OBJECTS.session }),
      }
      methods.set(method, { ...own, ...this.#judging(object, method, door.handlerOf(object, method)) })
    }
    return { methods, cluster: this.#cluster }
  }

  #judging(object: string, method: string, handler: Handler): Pick<ExposedMethod, 'handler' | 'accepts'> {
    const schemas = schemasOf(this.options.machine.instanceOf(object) ?? {}, method)
    if (schemas === undefined) return { handler }
    const name = `${object}.${method}`
    return {
      handler: (params, context) => handler(judgedParams(name, params, schemas), context),
      accepts: () => jsonSchemasOf(schemas),
    }
  }

  /** A typing mistake must not leave a method open. @throws UnsuitableClassError */
  #demandMethods(object: string): void {
    const { machine } = this.options
    const names = validatedNames(machine.instanceOf(object) ?? {})
    const missing = names.find((name) => machine.marks.get(object)?.methods.has(name) !== true)
    if (missing === undefined) return
    throw new UnsuitableClassError(
      `${object}: static validate names ${missing}, which is no command and no query`,
    )
  }

  readonly #cluster = (): string | null => this.options.raft.view.clusterId ?? null
}
