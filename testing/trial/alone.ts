/** The class itself as its model: what it tells a single user, one call after another. */
import type { Json } from '../../lib/json.js'
import { seededRandom, withCommandContext } from '../../lib/replica/objects/context.js'
import { HostedObject } from '../../lib/replica/objects/hosted.js'
import type { CommandResult } from '../../lib/replica/objects/hosted.js'
import type { ReplicatedClass } from '../../lib/replica/objects/marks.js'
import { canonicalText } from '../checker/canonical-text.js'
import type { MethodCall } from '../checker/history.js'
import type { Model, Step } from '../checker/model.js'
import { callText } from '../checker/text.js'
import { errorAnswer, SILENT, SUBJECT } from './subject.js'

/** What has been called since the object was made, latest first, and how the object is now. */
export interface Alone {
  readonly before: Alone | undefined
  readonly call: MethodCall | undefined
  readonly snapshot: string
}

/**
 * A state is the way to it: an object can be made anew and led there, however it takes its snapshots. The object that
 * has just gone one step is kept, as the next step mostly goes on from there.
 */
export function aloneModel(source: ReplicatedClass): Model<Alone, MethodCall, Json> {
  let latest: { readonly state: Alone; readonly object: HostedObject } | undefined

  const fresh = (): HostedObject => new HostedObject(SUBJECT, source, SILENT)
  const at = (state: Alone): HostedObject => {
    if (latest?.state === state) return latest.object
    const object = fresh()
    for (const call of wayTo(state)) run(object, call)
    return object
  }
  const step = (state: Alone, call: MethodCall): Step<Alone, Json> => {
    const object = at(state)
    const result = run(object, call)
    const next = { before: state, call, snapshot: snapshotOf(object) }
    refuseChange(object, call, state, next)
    latest = { state: next, object }
    return { state: next, result }
  }
  return {
    initial: () => ({ before: undefined, call: undefined, snapshot: snapshotOf(fresh()) }),
    step,
    key: ({ snapshot }) => snapshot,
    callText,
    stateText: ({ snapshot }) => snapshot,
  }
}

function wayTo(state: Alone): readonly MethodCall[] {
  const calls: MethodCall[] = []
  for (let at: Alone | undefined = state; at?.call !== undefined; at = at.before) calls.push(at.call)
  return calls.reverse()
}

function run(object: HostedObject, { method, params }: MethodCall): Json {
  const context = {
    index: 1,
    term: 1,
    now: 0,
    version: object.version,
    random: seededRandom(0),
    emit: () => undefined,
  }
  return answerOf(withCommandContext(context, () => object.run(method, params)))
}

function answerOf(result: CommandResult): Json {
  return 'value' in result ? result.value : errorAnswer(result.error)
}

function snapshotOf(object: HostedObject): string {
  return canonicalText([...object.capture()])
}

/** A query is not replicated, so a change that it makes is on one copy only. */
function refuseChange(object: HostedObject, { method }: MethodCall, before: Alone, after: Alone): void {
  if (object.marks.methods.get(method)?.kind === 'command' || before.snapshot === after.snapshot) return
  throw new Error(`${object.marks.className}.${method} is a query, and changes the object: make it a command`)
}
