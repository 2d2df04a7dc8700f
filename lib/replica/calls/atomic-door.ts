/**
 * Several commands as one entry, as callers see them: what could stop a member at the entry is refused before there is
 * one.
 */
import type { Json } from '../../json.js'
import { OWN_OBJECTS } from '../../roles.js'
import { InvalidParamsError, MethodNotFoundError } from '../../rpc/errors.js'
import type { CallContext, ExposedMethod } from '../../rpc/exposed.js'
import { noSuchMethod, noSuchObject } from '../../rpc/no-such-method.js'
import { schemasOf } from '../../rpc/answering/schemas.js'
import { tooManyParams } from '../../rpc/answering/too-many-params.js'
import { atomicCallsIn, type AtomicCall } from '../machine/atomic.js'
import type { StateMachine } from '../machine/machine.js'
import { ATOMIC_OBJECT, ATOMICALLY, SESSION_OBJECT } from '../objects/own-names.js'
import type { CommandDoor } from './command-door.js'
import { judgedParams } from './judged-params.js'
import type { StateQuota } from './state-quota.js'

export interface AtomicDoorOptions {
  readonly machine: StateMachine
  readonly quota: StateQuota
  readonly commands: CommandDoor
}

export class AtomicDoor {
  readonly methods: ReadonlyMap<string, ExposedMethod>

  constructor(private readonly options: AtomicDoorOptions) {
    const handler = this.#run.bind(this)
    this.methods = new Map([
      ['run', { kind: 'command', needs: OWN_OBJECTS.atomic, parameters: ['calls'], handler }],
    ])
  }

  #run(params: readonly Json[], context: CallContext): Promise<Json> {
    const { quota, commands } = this.options
    return commands.enter(ATOMIC_OBJECT, 'run', params, context, (bytes) => {
      const calls = atomicCallsIn(params)
      for (const { object, method } of calls) quota.check(object, method, bytes)
      const versions = calls.map((call) => this.#versionFor(call))
      const judged = calls.map((call) => this.#judged(call))
      return {
        params: [judged.map((call) => [call.object, call.method, call.params])],
        versions: versions.every((each) => each === 1) ? undefined : { versions },
      }
    })
  }

  /** @throws MethodNotFoundError, InvalidParamsError when it can't be part of an entry */
  #versionFor({ object, method }: AtomicCall): number {
    const { machine, commands } = this.options
    const marks = machine.marks.get(object)
    const kind = marks?.methods.get(method)?.kind
    const name = `${object}.${method}`
    if (marks === undefined)
      throw new MethodNotFoundError(noSuchObject(object, name, [...machine.marks.keys()]))
    if (kind === undefined)
      throw new MethodNotFoundError(noSuchMethod(object, method, [...marks.methods.keys()]))
    if (kind === 'query')
      throw new InvalidParamsError(
        `${name} is a query: an atomic entry has commands only; nothing was executed`,
      )
    if (!machine.isAtomic(object)) throw new InvalidParamsError(notAtomic(object, marks.className))
    return Math.min(commands.versionFor(object, method), commands.versionFor(object, ATOMICALLY))
  }

  /** As it would be by itself. @throws InvalidParamsError */
  #judged(call: AtomicCall): AtomicCall {
    const { object, method, params } = call
    const { machine } = this.options
    const name = `${object}.${method}`
    const parameters = machine.marks.get(object)?.methods.get(method)?.parameters
    if (parameters !== undefined && params.length > parameters.length)
      throw tooManyParams(name, parameters, params.length)
    const schemas = schemasOf(machine.instanceOf(object) ?? {}, method)
    return schemas === undefined ? call : { object, method, params: judgedParams(name, params, schemas) }
  }
}

function notAtomic(object: string, className: string): string {
  return object === SESSION_OBJECT
    ? 'what opens and closes sessions stands alone; nothing was executed'
    : `${object} can't be part of an atomic entry, as ${className} takes its own snapshots: give it a method attempt(run); nothing was executed`
}
