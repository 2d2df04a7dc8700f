/** More than one member can take: what waits is bounded in calls and in bytes, and the rest is told so at once. */
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { OutcomeUnknownError, OverloadedError } from '../../lib/rpc/errors.js'
import { CALLS_WAITING_MAX, checkRoom } from '../../lib/replica/guards/budget.js'
import { LoneMember } from './lone-member.js'

const HUNDRED_KB = 'x'.repeat(100_000)

void t.test(
  'beyond its bytes a command is refused as OVERLOADED before it runs, and those taken are executed',
  async (t) => {
    const member = new LoneMember()
    const replica = await member.lead()
    member.hears = false
    const outcomes = Array.from({ length: 2000 }, (_, i) => member.call(replica, 'set', [`${i}`, HUNDRED_KB]))
    await member.pass(10)
    const { calls, bytes } = replica.waiting.commands
    t.ok(bytes <= CALLS_WAITING_MAX.bytes, `${bytes} bytes wait`)
    t.ok(bytes > CALLS_WAITING_MAX.bytes - 2 * HUNDRED_KB.length, 'and as many as there is room for')
    member.hears = true
    await member.pass(2000)
    const settled = await Promise.all(outcomes)
    const refused = settled.filter((outcome) => outcome instanceof OverloadedError)
    t.equal(refused.length, 2000 - calls)
    t.match(refused[0], {
      message: /^kv\.set was refused: \d+ commands of together 64 MiB wait here.*wait for answers/,
    })
    t.equal(settled.filter((outcome) => outcome === null).length, calls, 'set says: nothing was there before')
    t.same(replica.waiting.commands, { calls: 0, bytes: 0 })
    await replica.stop()
  },
)

void t.test('one connection fills half of the room at most, and others find theirs', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  member.hears = false
  const greedy = { kind: 'lines', remote: 'greedy' } as const
  const outcomes = Array.from({ length: 1000 }, (_, i) =>
    member.call(replica, 'set', [`${i}`, HUNDRED_KB], 10_000, greedy),
  )
  await member.pass(10)
  const half = replica.waiting.commands
  t.ok(half.bytes <= CALLS_WAITING_MAX.bytes / 2 + HUNDRED_KB.length, `${half.bytes} bytes wait`)
  const modest = member.call(replica, 'set', ['modest', HUNDRED_KB])
  await member.pass(10)
  t.equal(replica.waiting.commands.calls, half.calls + 1)
  member.hears = true
  await member.pass(2000)
  t.equal(await modest, null)
  const refused = (await Promise.all(outcomes)).filter((outcome) => outcome instanceof OverloadedError)
  t.equal(refused.length, 1000 - half.calls)
  t.match(refused[0], {
    message: /^kv\.set was refused: \d+ commands of this connection, of together 3[12] MiB/,
  })
  await replica.stop()
})

void t.test(
  'a command whose caller has gone counts until it is applied: it still fills the log',
  async (t) => {
    const member = new LoneMember()
    const replica = await member.lead()
    member.hears = false
    const outcome = member.call(replica, 'set', ['a', HUNDRED_KB], 20)
    await member.pass(50)
    t.ok((await outcome) instanceof OutcomeUnknownError)
    t.match(replica.waiting.commands, { calls: 1 })
    member.hears = true
    await member.pass(500)
    t.same(replica.waiting.commands, { calls: 0, bytes: 0 })
    await replica.stop()
  },
)

void t.test(
  'one call alone has room, however large it is; a second one waits its turn elsewhere',
  async (t) => {
    const limits = { calls: 2, bytes: 10 }
    checkRoom('it', 'calls', { calls: 0, bytes: 0 }, 100, limits)
    const refusal = (calls: number, bytes: number, more: number) => () =>
      checkRoom('it', 'calls', { calls, bytes }, more, limits)
    t.throws(refusal(1, 100, 1), OverloadedError)
    t.throws(refusal(1, 5, 6), OverloadedError)
    t.throws(refusal(2, 0, 0), OverloadedError)
    t.doesNotThrow(refusal(1, 5, 5))
  },
)

void t.test('a member that has stopped answers the others at once', async (t) => {
  const member = new LoneMember()
  const replica = await member.start()
  const hello: Json = { version: 1, cluster: 'test', clusterId: null, id: 'n2', incarnation: 'n2-first' }
  await member.say(replica, 'hello', hello)
  await replica.stop()
  for (const [method, message] of [
    ['hello', hello],
    ['timeoutNow', { version: 1, term: 1, leaderId: 'n2' }],
  ] as const)
    t.match(await member.say(replica, method, message), { message: /this member is stopping/ }, method)
})
