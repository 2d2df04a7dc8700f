/** The shipped objects and the registry, called with anything: as replicas that must stay the same. */
import fc from 'fast-check'
import type { Json } from '../../lib/json.js'
import { ms } from '../../lib/ports.js'
import { logIndex, term } from '../../lib/raft/types.js'
import { encodeCommand } from '../../lib/replica/machine/command-text.js'
import { LogTime } from '../../lib/replica/machine/log-time.js'
import { StateMachine } from '../../lib/replica/machine/machine.js'
import { EXPIRE } from '../../lib/replica/objects/own-names.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import { systemClock } from '../../lib/system/clock.js'
import { silent } from '../replica/members.js'
import { CLASSES } from './cluster.js'
import { changedJson, hostileJson } from './hostile-json.js'
import { stream, textsOf } from './snapshot-targets.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'
import { traffic } from './traffic.js'
import { USUAL_PARAMS } from './usual-params.js'

export const objectTargets: readonly Target[] = [
  {
    name: 'whatever the objects are called with, they refuse it by name, and all replicas stay the same',
    runs: 200,
    open: replicas,
  },
]

interface Called {
  readonly object: string
  readonly method: string
  /** JSON of a list. */
  readonly params: string
}

async function replicas(): Promise<Scene> {
  const { requests } = await traffic()
  const { marks } = machine()
  const called = [...marks].flatMap(([object, { methods }]) =>
    [...methods.keys()].map((method) =>
      paramsLike(realParams(requests, `${object}.${method}`)).map((params): Called => ({
        object,
        method,
        params,
      })),
    ),
  )
  return scene(fc.array(fc.oneof(...called), { minLength: 1, maxLength: 12 }), stayTheSame)
}

function realParams(requests: ReadonlyMap<string, readonly string[]>, method: string): readonly string[] {
  const recorded = (requests.get(method) ?? []).map((text) => (JSON.parse(text) as { params: Json }).params)
  return [...recorded, ...(USUAL_PARAMS.get(method) ?? [])].map((params) => JSON.stringify(params))
}

function paramsLike(real: readonly string[]): fc.Arbitrary<string> {
  const list = fc.array(hostileJson, { maxLength: 4 }).map((values) => `[${values.join()}]`)
  const texts = real.length === 0 ? list : fc.oneof(list, changedJson(real), fc.constantFrom(...real))
  return texts.filter((text) => Array.isArray(JSON.parse(text)))
}

async function stayTheSame(calls: readonly Called[]): Promise<void> {
  const [one, other, late] = [machine(), machine(), machine()]
  let last = 0
  const applied = (call: Called, at: number): void => {
    const data = textOf(call, at)
    if (data === undefined) return
    const entry = { kind: 'command', index: logIndex((last += 1)), term: term(1), data } as const
    const result = one.apply(entry, true)
    other.apply(entry, false)
    if (result !== undefined && 'error' in result) expectOwn(result.error, call)
  }
  calls.forEach((call, at) => {
    for (const object of one.expiring)
      if ((one.nextExpiry(object) ?? Infinity) <= timeOf(at))
        applied({ object, method: EXPIRE, params: '[]' }, at)
    if (one.marks.get(call.object)?.methods.get(call.method)?.kind !== 'query') applied(call, at)
    else if (textOf(call, at) !== undefined) query(one, call)
  })
  await late.restore(stream(textsOf(one).split('\n')))
  if (textsOf(one) !== textsOf(other)) throw new Error('the replicas have parted')
  if (textsOf(one) !== textsOf(late)) throw new Error('the snapshot was restored as something else')
}

/** Of the log, in milliseconds: a second from one call to the next. */
const timeOf = (at: number): number => 1000 * at

/** Undefined: such parameters are no command's, and are refused before they get into the log. */
function textOf({ object, method, params }: Called, at: number): string | undefined {
  try {
    return encodeCommand({ object, method, params: JSON.parse(params) as Json[], time: timeOf(at), seed: at })
  } catch (error) {
    if (error instanceof RollcallError) return undefined
    throw error
  }
}

function query(from: StateMachine, call: Called): void {
  try {
    from.query(call.object, call.method, JSON.parse(call.params) as Json[])
  } catch (error) {
    expectOwn(error, call)
  }
}

/** An error that the object's author meant, not one that came over it. */
function expectOwn(error: unknown, { object, method, params }: Called): void {
  if (error instanceof RollcallError) return
  throw new Error(`${object}.${method} met ${String(error)} with ${params.slice(0, 500)}`)
}

function machine(): StateMachine {
  return new StateMachine({
    sources: CLASSES,
    time: new LogTime(systemClock),
    clock: systemClock,
    logger: silent,
    patience: ms(1000),
  })
}
