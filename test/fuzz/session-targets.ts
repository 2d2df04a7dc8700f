/**
 * Sessions: commands that come again, late, out of order, after the end, with numbers of any kind; and what a class
 * says.
 */
import fc from 'fast-check'
import { membersOf, type Json } from '../../lib/json.js'
import { ms } from '../../lib/ports.js'
import { logIndex, term } from '../../lib/raft/types.js'
import { encodeCommand, sessionExtras } from '../../lib/replica/machine/command-text.js'
import { LogTime } from '../../lib/replica/machine/log-time.js'
import { StateMachine } from '../../lib/replica/machine/machine.js'
import { instantiate } from '../../lib/replica/objects/marks.js'
import { UnsuitableClassError } from '../../lib/replica/objects/unsuitable-class.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import { systemClock } from '../../lib/system/clock.js'
import { Counter } from '../../lib/shipped/counter.js'
import { silent } from '../replica/members.js'
import { stream, textsOf } from './snapshot-targets.js'
import { scene } from './target.js'
import type { Target } from './target.js'

export const sessionTargets: readonly Target[] = [
  {
    name: 'a command with a session and a number runs once at most, on all replicas alike',
    runs: 300,
    open: () => Promise.resolve(scene(stories, playStory)),
  },
  {
    name: 'what a class says of its methods is refused by name, or names methods of its own',
    runs: 1000,
    open: () => Promise.resolve(scene(sayings, judgeSaying)),
  },
]

interface Step {
  readonly method: 'open' | 'close' | 'keepAlive' | 'increment'
  /** Of those that were opened; beyond them: one of nobody. */
  readonly session: number
  readonly seq: number
  readonly firstOutstanding: number | undefined
  /** Of the argument: another one under the same number is another command. */
  readonly by: number
  readonly passedMs: number
}

const stories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    method: fc.constantFrom<Step['method']>(
      'open',
      'increment',
      'increment',
      'increment',
      'keepAlive',
      'close',
    ),
    session: fc.nat(2),
    seq: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) },
      fc.constantFrom(0, -1, 2 ** 53 - 1, 1.5),
    ),
    firstOutstanding: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined, freq: 2 }),
    by: fc.constantFrom(1, 1, 1000),
    passedMs: fc.constantFrom(0, 10, 30_000, 61_000),
  }),
  { minLength: 1, maxLength: 40 },
)

async function playStory(steps: readonly Step[]): Promise<void> {
  const [one, other, late] = [machine(), machine(), machine()]
  const opened: string[] = []
  const ran = new Map<string, number>()
  let time = 0
  steps.forEach((step, at) => {
    time += step.passedMs
    const session = opened[step.session] ?? 'of nobody'
    const data = textOf(step, session, time, at)
    if (data === undefined) return
    const entry = { kind: 'command', index: logIndex(at + 1), term: term(1), data } as const
    const before = countOf(one)
    const result = one.apply(entry, true)
    other.apply(entry, false)
    if (result !== undefined && 'error' in result && !(result.error instanceof RollcallError))
      throw new Error(`it met ${String(result.error)}`)
    if (step.method === 'open' && result !== undefined && 'value' in result)
      opened.push(openedBy(result.value))
    if (step.method !== 'increment' || countOf(one) === before) return
    const identity = `${session} ${step.seq}`
    ran.set(identity, (ran.get(identity) ?? 0) + 1)
    if (session === 'of nobody') throw new Error('a command ran in a session that nobody has opened')
  })
  for (const [identity, times] of ran) if (times > 1) throw new Error(`${identity} ran ${times} times`)
  await late.restore(stream(textsOf(one).split('\n')))
  if (textsOf(one) !== textsOf(other)) throw new Error('the replicas have parted')
  if (textsOf(one) !== textsOf(late)) throw new Error('the snapshot was restored as something else')
}

/** Undefined: it is refused before it gets into the log. */
function textOf(step: Step, session: string, time: number, seed: number): string | undefined {
  const { method, seq, firstOutstanding, by } = step
  const isOfObject = method === 'increment'
  const params: readonly Json[] = isOfObject ? [by] : method === 'open' ? [] : [session]
  try {
    const said = { session, seq, ...(firstOutstanding !== undefined && { firstOutstanding }) }
    const extras = isOfObject ? sessionExtras(said) : undefined
    const object = isOfObject ? 'counter' : 'session'
    return encodeCommand({ object, method, params, time, seed, ...(extras && { extras }) })
  } catch (error) {
    if (error instanceof RollcallError) return undefined
    throw error
  }
}

function openedBy(value: Json): string {
  const { session } = membersOf(value)
  if (typeof session !== 'string') throw new Error('session.open() gives no session')
  return session
}

const countOf = (one: StateMachine): Json => one.query('counter', 'value', [])

function machine(): StateMachine {
  return new StateMachine({
    ...{ sources: new Map([['counter', Counter]]), time: new LogTime(systemClock), clock: systemClock },
    ...{ logger: silent, patience: ms(1000) },
  })
}

const said = fc.oneof(
  fc.array(
    fc.oneof(fc.constantFrom('put', 'look', 'constructor', '__proto__', 'snapshot', ''), fc.anything()),
    {
      maxLength: 4,
    },
  ),
  fc.anything(),
)
const sayings = fc.record(
  { commands: said, queries: said, frees: said, version: fc.anything() },
  { requiredKeys: [] },
)

function judgeSaying(statics: Readonly<Record<string, unknown>>): void {
  class Said {
    put(): void {
      return
    }
    look(): void {
      return
    }
  }
  for (const [name, value] of Object.entries(statics)) Object.defineProperty(Said, name, { value })
  try {
    const { methods, frees } = instantiate(Said).marks
    const strange = [...methods.keys()].find((name) => name !== 'put' && name !== 'look')
    if (strange !== undefined) throw new Error(`it has a method ${strange}`)
    const free = [...frees].find((name) => methods.get(name)?.kind !== 'command')
    if (free !== undefined) throw new Error(`${free} is free and no command`)
  } catch (error) {
    if (!(error instanceof UnsuitableClassError)) throw error
    if (error.message.length > 3000) throw new Error('the refusal is as long as what it refuses')
  }
}
