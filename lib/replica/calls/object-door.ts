/** The replicated objects as callers see them: commands go through the log, queries wait for what they must have seen. */
import type { Json } from '../../json.js'
import type { Clock, Ms, Random } from '../../ports.js'
import { ms } from '../../ports.js'
import type { RaftServer } from '../../raft/types.js'
import { isJson, whyNotCarried } from '../../values/carried.js'
import { InvalidParamsError, MethodNotFoundError, type NotLeaderError } from '../../rpc/errors.js'
import { Answer, JsonText } from '../../rpc/host.js'
import type { AnswerMeta, CallContext, ExposedMethod, ExposedObject, Handler } from '../../rpc/host.js'
import { noSuchMethod, noSuchObject } from '../../rpc/no-such-method.js'
import { schemasOf, validatedNames } from '../../rpc/answering/schemas.js'
import { tooManyParams } from '../../rpc/answering/too-many-params.js'
import { jsonSchemasOf, validatedNow, type Schemas } from '../../rpc/answering/validation.js'
import { atomicCallsIn, type AtomicCall } from '../machine/atomic.js'
import {
  COMMAND_BYTES_MAX,
  encodeCommand,
  isTooLarge,
  sessionExtras,
  tooLarge,
} from '../machine/command-text.js'
import type { Applied } from '../machine/applied.js'
import type { LogTime } from '../machine/log-time.js'
import type { StateMachine } from '../machine/machine.js'
import { UnsuitableClassError } from '../objects/marks.js'
import { ATOMIC_OBJECT, ATOMICALLY, SESSION_OBJECT } from '../objects/own-names.js'
import { listText, stepwiseQuery, type Steps } from '../objects/stepwise.js'
import { LongQueries } from './long-queries.js'
import type { Pending } from './pending.js'
import type { Reads } from './reads.js'
import type { StateQuota } from './state-quota.js'

/** The lowest version that any member has of the class of a command's object: what it found out, and how. */
export interface CommandVersions {
  /** By `object.method`. */
  readonly known: ReadonlyMap<string, number>
  /** @throws MethodNotFoundError when a member does not know the command yet. */
  lowest(object: string, method: string): number
}

export interface ObjectDoorOptions {
  readonly clock: Clock
  readonly random: Random
  readonly time: LogTime
  readonly machine: StateMachine
  /** As in ClassVersions. */
  readonly versions: CommandVersions
  readonly pending: Pending
  readonly quota: StateQuota
  readonly reads: Reads
  readonly raft: Pick<RaftServer, 'view'>
  /** How old the data that is applied here is at most, by this member's own knowledge. Milliseconds; null: it never knew. */
  readonly dataAge: () => Ms | null
  readonly applied: Pick<Applied, 'index'>
  readonly notLeader: () => NotLeaderError
}

/** Judged once, before it enters the log, which has what the schemas have made of the params. */
function judging(name: string, schemas: Schemas, handler: Handler): Handler {
  return (params, context) => {
    const values = validatedNow(name, params, schemas)
    return handler(jsonParams(name, values), context)
  }
}

/** @throws InvalidParamsError for what the log would alter */
function jsonParams(name: string, values: readonly unknown[]): readonly Json[] {
  return values.map((value, at) => {
    if (isJson(value)) return value
    const why = whyNotCarried(value, `args[${at}]`)
    throw new InvalidParamsError(
      `${name}: what its schema makes of a param must be JSON: ${why}; it was not executed`,
    )
  })
}

/** What a call without a budget of its own may take. */
const CALL_BUDGET_MS = 10_000

export class ObjectDoor {
  readonly objects: ReadonlyMap<string, ExposedObject>
  /** Several commands as one. */
  readonly atomic: ExposedObject
  readonly #longQueries: LongQueries

  constructor(private readonly options: ObjectDoorOptions) {
    this.#longQueries = new LongQueries(options.clock)
    this.objects = new Map([...options.machine.marks.keys()].map((name) => [name, this.#expose(name)]))
    const handler = this.#atomic.bind(this)
    this.atomic = {
      methods: new Map([['run', { kind: 'command', parameters: ['calls'], handler }]]),
      cluster: this.#cluster,
    }
  }

  #expose(object: string): ExposedObject {
    const methods = new Map<string, ExposedMethod>()
    this.#demandMethods(object)
    for (const [method, { kind, parameters, params }] of this.options.machine.marks.get(object)?.methods ??
      []) {
      const handler =
        kind === 'command' ? this.#command.bind(this, object, method) : this.#queryOf(object, method)
      const schemas = schemasOf(this.options.machine.instanceOf(object) ?? {}, method)
      const own = { kind, ...(parameters && { parameters }), ...(params !== undefined && { params }) }
      methods.set(
        method,
        schemas === undefined
          ? { ...own, handler }
          : {
              ...own,
              handler: judging(`${object}.${method}`, schemas, handler),
              accepts: () => jsonSchemasOf(schemas),
            },
      )
    }
    return { methods, cluster: this.#cluster }
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

  // The journey of a command: encode once → propose, with all others of this turn → (driver) persist ‖ send →
  // majority → apply → reply. `Pending.#settle` is where it comes back.

  #command(object: string, method: string, params: readonly Json[], context: CallContext): Promise<Json> {
    const { raft, notLeader, clock, time, random, pending, quota, machine, versions } = this.options
    const session = sessionExtras(context.meta)
    if (raft.view.role !== 'leader') throw notLeader()
    const name = `${object}.${method}`
    const budget = pending.checkRoom(name, context.bytes ?? 0, context.connection)
    quota.check(object, method, context.bytes ?? 0)
    const lowest = versions.known.get(name) ?? versions.lowest(object, method)
    const version = Math.max(lowest, machine.written(object))
    const extras = version === 1 ? session : { ...session, version }
    const seed = random.below(2 ** 32)
    const text = encodeCommand({
      object,
      method,
      params,
      time: time.stamp(),
      seed,
      ...(extras && { extras }),
    })
    if (text.length > COMMAND_BYTES_MAX / 3 && isTooLarge(text)) throw tooLarge(name)
    return pending.submit(text, name, context.deadline ?? ms(clock.now() + CALL_BUDGET_MS), budget)
  }

  /** What could stop a member at the entry is refused before there is one. */
  #atomic(params: readonly Json[], context: CallContext): Promise<Json> {
    const { raft, notLeader, clock, time, random, pending, quota } = this.options
    const session = sessionExtras(context.meta)
    if (raft.view.role !== 'leader') throw notLeader()
    const calls = atomicCallsIn(params)
    const name = `${ATOMIC_OBJECT}.run`
    const bytes = context.bytes ?? 0
    const budget = pending.checkRoom(name, bytes, context.connection)
    for (const { object, method } of calls) quota.check(object, method, bytes)
    const versions = calls.map((call) => this.#atomicVersion(call))
    const judged = calls.map((call) => this.#judged(call))
    const extras = versions.every((each) => each === 1) ? session : { ...session, versions }
    const text = encodeCommand({
      object: ATOMIC_OBJECT,
      method: 'run',
      params: [judged.map((call) => [call.object, call.method, call.params])],
      time: time.stamp(),
      seed: random.below(2 ** 32),
      ...(extras && { extras }),
    })
    if (isTooLarge(text)) throw tooLarge(name)
    return pending.submit(text, name, context.deadline ?? ms(clock.now() + CALL_BUDGET_MS), budget)
  }

  /** The version that the command is written for. @throws MethodNotFoundError, InvalidParamsError when it can't be part of an entry */
  #atomicVersion({ object, method }: AtomicCall): number {
    const { machine, versions } = this.options
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
    const lowest = Math.min(
      versions.known.get(name) ?? versions.lowest(object, method),
      versions.known.get(`${object}.${ATOMICALLY}`) ?? versions.lowest(object, ATOMICALLY),
    )
    return Math.max(lowest, machine.written(object))
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
    return schemas === undefined
      ? call
      : { object, method, params: jsonParams(name, validatedNow(name, params, schemas)) }
  }

  #queryOf(object: string, method: string): Handler {
    const isLong = stepwiseQuery(this.options.machine.instanceOf(object), method) !== undefined
    return isLong ? this.#longQuery.bind(this, object, method) : this.#query.bind(this, object, method)
  }

  /** Begins once it may see the objects as they are, and then takes its time. */
  async #longQuery(
    object: string,
    method: string,
    params: readonly Json[],
    context: CallContext,
  ): Promise<Answer | JsonText> {
    const { raft, notLeader, clock, machine, reads, applied, dataAge } = this.options
    const { consistency = 'linearizable' } = context.meta
    const deadline = context.deadline ?? ms(clock.now() + CALL_BUDGET_MS)
    const name = `${object}.${method}`
    if (consistency === 'linearizable' && raft.view.role !== 'leader') throw notLeader()
    if (consistency !== 'stale') await reads.submit(name, deadline, () => null, context)
    let asOf: AnswerMeta | undefined
    const steps = function* (): Steps<string> {
      asOf = { appliedIndex: applied.index, ageMs: dataAge() }
      const query = stepwiseQuery(machine.instanceOf(object), method)
      return yield* listText(query === undefined ? [] : yield* query(...params))
    }
    const result = new JsonText(await this.#longQueries.run(name, steps(), { ...context, deadline }))
    return consistency === 'stale' && asOf !== undefined ? new Answer(result, asOf) : result
  }

  #query(
    object: string,
    method: string,
    params: readonly Json[],
    context: CallContext,
  ): Answer | Promise<Json> {
    const { raft, notLeader, clock, machine, reads, applied, dataAge } = this.options
    const run = machine.query.bind(machine, object, method, params)
    const { consistency = 'linearizable' } = context.meta
    switch (consistency) {
      case 'stale':
        return new Answer(run(), { appliedIndex: applied.index, ageMs: dataAge() })
      case 'linearizable':
      case 'follower': {
        if (consistency === 'linearizable' && raft.view.role !== 'leader') throw notLeader()
        const deadline = context.deadline ?? ms(clock.now() + CALL_BUDGET_MS)
        return reads.submit(`${object}.${method}`, deadline, run, context)
      }
    }
  }
}

function notAtomic(object: string, className: string): string {
  return object === SESSION_OBJECT
    ? 'what opens and closes sessions stands alone; nothing was executed'
    : `${object} can't be part of an atomic entry, as ${className} takes its own snapshots: give it a method attempt(run); nothing was executed`
}
