/** Who asks a member for the next leader hears of it as soon as the member knows. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { ms } from '../../../lib/ports.js'
import type { Replica } from '../../../lib/replica/replica.js'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { LoneMember, uris } from '../lone-member.js'

/** What is heard, in order; the member's own time passes between. */
function ask(replica: Replica, heard: Json[], aboveTerm: Json, waitMs: Json): void {
  const handler = replica.member.methods.get('nextLeader')?.handler
  const context = { connection: { kind: 'lines', remote: 'a test' }, meta: {}, deadline: ms(60_000) } as const
  void Promise.resolve(handler?.([aboveTerm, waitMs], context)).then((answer) => heard.push(answer as Json))
}

const LEADER = { id: 'n1', uri: uris.n1, term: 1 }

t.test('who asks before there is a leader hears of it when it is elected', async (t) => {
  const member = new LoneMember()
  const replica = await member.start()
  t.teardown(() => replica.stop())
  const heard: Json[] = []
  ask(replica, heard, 0, 10_000)
  await member.pass(100)
  t.same(heard, [])
  await member.pass(400)
  t.same(heard, [LEADER])
})

t.test('a leader that is known, of a term above the one that was named, is told at once', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  t.teardown(() => replica.stop())
  const heard: Json[] = []
  ask(replica, heard, 0, 10_000)
  await member.pass(0)
  t.same(heard, [LEADER])
})

t.test('a leader of the term that was named is none who comes after it', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  t.teardown(() => replica.stop())
  const heard: Json[] = []
  ask(replica, heard, 1, 1_000)
  await member.pass(900)
  t.same(heard, [])
  await member.pass(200)
  t.same(heard, [null], 'nobody did in time')
})

t.test('a member that stops answers who waits', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  const heard: Json[] = []
  ask(replica, heard, 1, 10_000)
  await replica.stop()
  await member.pass(0)
  t.same(heard, [null])
})

t.test('what is no term, and no time that a call may wait, is refused', async (t) => {
  const member = new LoneMember()
  const replica = await member.start()
  t.teardown(() => replica.stop())
  const handler = replica.member.methods.get('nextLeader')?.handler
  const context = { connection: { kind: 'lines', remote: 'a test' }, meta: {}, deadline: undefined } as const
  for (const params of [['x', 1], [1], [-1, 1], [1, 30_001]])
    t.throws(() => handler?.(params, context), InvalidParamsError)
})
