/** A command that comes in a session runs once however often it is in the log, on every replica alike. */
import fc from 'fast-check'
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { fingerprint } from '../../../lib/replica/sessions/kept-results.js'
import type { CommandResult } from '../../../lib/replica/objects/hosted.js'
import {
  ALL_RESULTS_SIZE_MAX,
  RESULTS_MAX,
  SESSION_TTL_MS,
  Sessions,
  SESSIONS_MAX,
} from '../../../lib/replica/sessions/sessions.js'
import { readTableChunk } from '../../../lib/replica/sessions/session-chunks.js'
import { outcomeOf } from '../outcome.js'
import { CompactedError, RemoteError } from '../../../lib/rpc/errors.js'

const random = (): number => 0.25
const MiB = 1024 * 1024

/** Chunks as they come out of a file. */
async function* over(chunks: Iterable<Json>): AsyncGenerator<Json> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

/** One session at one table, as its caller and the log would use it. */
class User {
  readonly id: string
  runs = 0

  constructor(
    readonly table: Sessions,
    index = 1,
    now = 0,
  ) {
    this.id = table.open(index, now, random).session
  }

  /** Sends command `seq`; it answers which run this was, unless `result` says otherwise. */
  send(seq: number, more: { now?: number; first?: number; payload?: string; result?: CommandResult } = {}) {
    const { now = 0, first, payload = `command ${seq}`, result } = more
    const request = { session: this.id, seq, firstOutstanding: first, fingerprint: fingerprint(payload) }
    const answer = this.table.run(request, now, () => {
      this.runs += 1
      return result ?? { value: this.runs }
    })
    return outcomeOf(answer)
  }
}

const expired = { error: { label: 'SESSION_EXPIRED' } }

void t.test('a command that is sent again is not run again, and answers with its first result', async (t) => {
  const user = new User(new Sessions())
  t.same(user.send(1), { value: 1 })
  t.same(user.send(2), { value: 2 })
  t.same([user.send(1), user.send(2), user.send(1)], [{ value: 1 }, { value: 2 }, { value: 1 }])
  t.equal(user.runs, 2)
})

void t.test('commands may arrive in any order', async (t) => {
  const user = new User(new Sessions())
  t.same(
    [3, 1, 2, 3, 2, 1].map((seq) => user.send(seq)),
    [1, 2, 3, 1, 3, 2].map((value) => ({ value })),
  )
})

void t.test("a method's error is a result like any other: kept, with its name and code", async (t) => {
  const user = new User(new Sessions())
  const thrown = new RemoteError({ name: 'RangeError', message: 'too far' })
  user.send(1, { result: { error: thrown } })
  user.send(2, { result: { error: new CompactedError('gone', { data: { oldest: 7 } }) } })
  t.same(user.send(1), { error: thrown })
  t.match(user.send(2), { error: { code: -32011, message: 'gone', data: { oldest: 7 } } })
  t.equal(user.runs, 2)
})

void t.test('a result given out twice is not the same object twice', async (t) => {
  const user = new User(new Sessions())
  user.send(1, { result: { value: [1] } })
  const [one, other] = [user.send(1), user.send(1)]
  t.ok('value' in one && 'value' in other && one.value !== other.value)
})

void t.test('another command under a used number is an error, and never run', async (t) => {
  const user = new User(new Sessions())
  user.send(1)
  t.match(user.send(1, { payload: 'another' }), {
    error: { label: 'INVALID_PARAMS', message: /number 1 .* another command/ },
  })
  t.equal(user.runs, 1)
})

void t.test(
  'firstOutstanding forgets what is below; a forgotten number is an error, never a second run',
  async (t) => {
    const user = new User(new Sessions())
    user.send(1)
    user.send(2)
    user.send(9, { first: 2 })
    t.match(user.send(1), { error: { label: 'SESSION_EXPIRED', message: /forgotten number 1/ } })
    t.same(user.send(2), { value: 2 })
    t.match(user.send(3, { first: 1 }), { value: 4 }, 'a lower one brings nothing back, and is no error')
    t.match(user.send(1, { first: 1 }), expired)
    t.match(user.send(20, { first: 2 ** 53 - 1 }), expired, 'nor can it run a number that it gives up itself')
    t.equal(user.runs, 4)
  },
)

void t.test('an unknown session is an error, and nothing is run', async (t) => {
  const user = new User(new Sessions())
  const stranger = new User(new Sessions(), 2)
  const request = { session: stranger.id, seq: 1, fingerprint: fingerprint('') }
  const run = (): CommandResult => t.fail('it was run') as never
  t.match(user.table.run(request, 0, run), expired)
  t.match(user.table.run({ ...request, session: 'x'.repeat(10_000) }, 0, run), expired)
})

void t.test('a session that was closed is gone, closing it again is harmless', async (t) => {
  const user = new User(new Sessions())
  t.equal(user.table.close(user.id, 0), true)
  t.equal(user.table.close(user.id, 0), false)
  t.match(user.send(1), expired)
})

void t.test('a session lasts its time from its last use, in log time', async (t) => {
  const user = new User(new Sessions())
  user.send(1, { now: SESSION_TTL_MS - 1 })
  user.table.keepAlive(user.id, 2 * SESSION_TTL_MS - 2)
  t.same(user.send(1, { now: 3 * SESSION_TTL_MS - 3 }), { value: 1 }, 'a repeated command is a use too')
  t.match(user.send(2, { now: 4 * SESSION_TTL_MS - 3 }), expired)
  t.throws(() => user.table.keepAlive(user.id, 4 * SESSION_TTL_MS), { name: 'SessionExpiredError' })
  t.equal(user.runs, 1)
})

void t.test('a session that is not used goes, whoever else is active', async (t) => {
  const table = new Sessions()
  const idle = new User(table, 1)
  const active = new User(table, 2)
  active.send(1, { now: SESSION_TTL_MS / 2 })
  active.send(2, { now: SESSION_TTL_MS })
  t.equal(table.count, 1)
  t.match(idle.send(1, { now: SESSION_TTL_MS }), expired)
})

void t.test(
  'time without a leader does not count: in a new term each session lasts its full time',
  async (t) => {
    const user = new User(new Sessions())
    const later = 10 * SESSION_TTL_MS
    user.table.termBegan(2, later)
    t.same(user.send(1, { now: later + SESSION_TTL_MS - 1 }), { value: 1 })

    const idle = new User(new Sessions())
    idle.table.termBegan(2, later)
    idle.table.termBegan(2, later + SESSION_TTL_MS - 1)
    t.match(idle.send(1, { now: later + SESSION_TTL_MS }), expired, 'the same term does not begin twice')
  },
)

void t.test('a session that was over before the new term stays so', async (t) => {
  const table = new Sessions()
  const over = Array.from({ length: 100 }, (_, i) => new User(table, i))
  const user = new User(table, 100, SESSION_TTL_MS)
  table.termBegan(2, SESSION_TTL_MS + 1)
  const last = over.at(-1) ?? user
  t.match(last.send(1, { now: SESSION_TTL_MS + 1 }), expired)
  t.same(user.send(1, { now: 2 * SESSION_TTL_MS }), { value: 1 })
})

void t.test(
  'a session keeps so many results; then it must let go of some, and its number is still unused',
  async (t) => {
    const user = new User(new Sessions())
    for (let seq = 1; seq <= RESULTS_MAX; seq += 1) user.send(seq)
    t.match(user.send(RESULTS_MAX + 1), { error: { label: 'OVERLOADED', message: /firstOutstanding/ } })
    t.same(user.send(7), { value: 7 }, 'what has run is still answered')
    t.match(user.send(RESULTS_MAX + 1, { first: 2 }), { value: RESULTS_MAX + 1 })
  },
)

void t.test('a session keeps results of so many bytes', async (t) => {
  const user = new User(new Sessions())
  const result = { value: 'x'.repeat(MiB - 100) }
  let seq = 1
  while ('value' in user.send(seq, { result })) seq += 1
  t.equal(seq - 1, 16)
  t.match(user.send(seq, { result }), { error: { label: 'OVERLOADED' } })
  t.match(user.send(seq, { result, first: 3 }), { value: result.value })
})

void t.test('when all sessions together keep too much, those with the most must let go first', async (t) => {
  const table = new Sessions()
  const result = { value: 'x'.repeat(MiB - 100) }
  const greedy = Array.from({ length: 8 }, (_, i) => new User(table, i))
  for (const user of greedy) for (let seq = 1; seq <= 16; seq += 1) user.send(seq, { result })
  t.equal(8 * 16 * MiB, ALL_RESULTS_SIZE_MAX)
  const modest = new User(table, 9)
  t.match(modest.send(1, { result }), { value: result.value })
  const [first] = greedy
  t.match(first?.send(17), { error: { label: 'OVERLOADED' } })
  t.match(first?.send(17, { first: 17 }), { value: 17 })
})

void t.test(
  'a result too long to be kept is not run again either: the answer says that it has run',
  async (t) => {
    const user = new User(new Sessions())
    const result = { value: 'x'.repeat(MiB) }
    t.same(user.send(1, { result }), outcomeOf(result), 'the first answer has it all')
    t.match(user.send(1), { error: { outcome: 'executed', remote: { name: 'ResultNotKept' } } })
    t.equal(user.runs, 1)
  },
)

void t.test('sessions are bounded; one that is over makes room', async (t) => {
  const table = new Sessions()
  for (let index = 1; index <= SESSIONS_MAX; index += 1) table.open(index, index > 1 ? 1 : 0, random)
  t.throws(() => table.open(0, SESSION_TTL_MS - 1, random), { name: 'OverloadedError' })
  t.ok(table.open(0, SESSION_TTL_MS, random))
  t.throws(() => table.open(0, SESSION_TTL_MS, random), { name: 'OverloadedError' })
})

void t.test('thousands that end at once do not hold up the command that finds them', async (t) => {
  const table = new Sessions()
  for (let index = 1; index <= 1000; index += 1) table.open(index, 0, random)
  const user = new User(table, 0, SESSION_TTL_MS)
  t.ok(table.count > 900, 'some have left')
  for (let seq = 1; seq <= 200; seq += 1) user.send(seq, { now: SESSION_TTL_MS })
  t.equal(table.count, 1, 'and the others after them')
})

void t.test('each session has a name of its own', async (t) => {
  const table = new Sessions()
  const names = [1, 2].map((index) => table.open(index, 0, random).session)
  const elsewhere = new Sessions().open(1, 0, () => 0.75).session
  t.equal(new Set([...names, elsewhere]).size, 3)
})

void t.test('a snapshot holds the table as it was when it began, whatever happens meanwhile', async (t) => {
  const table = new Sessions()
  const users = Array.from({ length: 3 }, (_, i) => new User(table, i))
  for (const user of users) user.send(1)
  const chunks = table.capture()
  const [first, second, third] = users
  first?.send(2)
  second?.send(5, { first: 5 })
  table.close(third?.id ?? '', 0)
  new User(table, 9)

  const copy = new Sessions()
  await copy.restore(over(chunks))
  t.equal(copy.count, 3)
  for (const { id } of users) {
    const again = copy.run({ session: id, seq: 1, fingerprint: fingerprint('command 1') }, 0, () => ({
      value: 'run again',
    }))
    t.same(again, { value: 1 })
  }
  t.match(first?.send(2), { value: 2 }, 'and the table itself has gone on')
  t.match(second?.send(1), expired)
})

void t.test('a snapshot comes in small chunks, also of a session with many results', async (t) => {
  const user = new User(new Sessions())
  for (let seq = 1; seq <= 1000; seq += 1) user.send(seq, { result: { value: 'x'.repeat(1000) } })
  for (let index = 2; index <= 5000; index += 1) user.table.open(index, 0, random)
  const chunks = [...user.table.capture()]
  t.ok(chunks.every((chunk) => JSON.stringify(chunk).length < 80_000))
  const copy = new Sessions()
  await copy.restore(over(chunks.map((chunk) => JSON.parse(JSON.stringify(chunk)) as Json)))
  t.same([...copy.capture()], chunks)
})

void t.test('what is no snapshot of sessions is refused', async (t) => {
  const bad: Json[] = [
    null,
    {},
    [1],
    [['id', 1, 1, ['x']]],
    [['id', 1, 1, [1, 2]]],
    [['id', 1, 1]],
    [[5, 1, 1, []]],
  ]
  for (const chunk of bad) await t.rejects(new Sessions().restore(over([chunk])), /can't be read/)
})

/** What may stand in a log, for sessions that were opened by then; `wait` before it, in milliseconds. */
const step = fc.record({
  wait: fc.constantFrom(0, 0, 1, SESSION_TTL_MS / 2, SESSION_TTL_MS),
  action: fc.constantFrom('open', 'close', 'keepAlive', 'newTerm', 'run', 'run', 'run', 'run'),
  user: fc.nat(5),
  seq: fc.integer({ min: 1, max: 6 }),
  first: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  payload: fc.constantFrom('a', 'a', 'a', 'b'),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** A replica with nothing but sessions: every answer, errors as their sentences, goes into `answers`. */
class Replica {
  readonly answers: Json[] = []
  #now = 0
  #term = 1
  constructor(
    public table: Sessions,
    readonly names: string[] = [],
  ) {}

  apply(step: Step, index: number): void {
    this.#now += step.wait
    if (step.action === 'newTerm') this.#term += 1
    this.table.termBegan(this.#term, this.#now)
    this.answers.push(this.#answer(step, index))
  }

  #answer({ action, user, seq, first, payload }: Step, index: number): Json {
    const session = this.names[user] ?? 'nobody'
    const request = { session, seq, firstOutstanding: first, fingerprint: fingerprint(payload) }
    try {
      if (action === 'open') return this.names.push(this.table.open(index, this.#now, random).session)
      if (action === 'close') return this.table.close(session, this.#now)
      if (action === 'keepAlive') return this.table.keepAlive(session, this.#now).ttlMs
      const result = this.table.run(request, this.#now, () => ({ value: `run of entry ${index}` }))
      return 'error' in result ? result.error.message : result.value
    } catch (error) {
      return String(error)
    }
  }
}

void t.test('a replica that comes from a snapshot answers as one that applied everything', async (t) => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(60), async (steps, at) => {
    const whole = new Replica(new Sessions())
    const restored = new Replica(new Sessions())
    for (const [index, each] of steps.entries()) {
      if (index === at) {
        const chunks = restored.table.capture()
        restored.table = new Sessions()
        await restored.table.restore(over(chunks))
      }
      whole.apply(each, index)
      restored.apply(each, index)
    }
    t.strictSame(restored.answers, whole.answers)
    t.strictSame([...restored.table.capture()], [...whole.table.capture()])
  })
  await fc.assert(property, { numRuns: 200 })
})

void t.test('no command runs twice under one number, whatever the log holds', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const replica = new Replica(new Sessions())
    const ran = new Map<string, string>()
    steps.forEach((each, index) => {
      replica.apply(each, index)
      const answer = replica.answers.at(-1)
      const key = `${replica.names[each.user]} ${each.seq}`
      if (typeof answer !== 'string' || !answer.startsWith('run of entry')) return
      t.equal(ran.get(key) ?? answer, answer)
      ran.set(key, answer)
    })
  })
  fc.assert(property, { numRuns: 200 })
})

void t.test('in a snapshot results stand in the order in which they came', async (t) => {
  const user = new User(new Sessions())
  for (const seq of [3, 1, 5_000, 904, 2, 4_099]) user.send(seq)
  const order = () =>
    [...user.table.capture()]
      .map(readTableChunk)
      .flatMap((part) => ('rows' in part ? part.rows : []))
      .flatMap(({ results }) => results.map(([seq]) => seq))
  t.same(order(), [3, 1, 5_000, 904, 2, 4_099])
  user.send(6_000, { first: 900 })
  t.same(order(), [5_000, 904, 4_099, 6_000])
})

void t.test(
  'a fingerprint is the same in every version: results in old snapshots are kept under it',
  async (t) => {
    const texts = ['', 'a', '["kv","set",["a",1]]', '€😀']
    t.same(
      texts.map((text) => fingerprint(text)),
      [2932784608471898, 8795243949884202, 2054951891473379, 5217995344921261],
    )
  },
)
