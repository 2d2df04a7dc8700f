/** A leader whose disk takes everything in and finishes nothing. Time is virtual. */
import t from 'tap'
import { NotLeaderError, OutcomeUnknownError } from '../../lib/rpc/errors.js'
import { ELECTION_TIMEOUT_MAX, LoneMember } from './lone-member.js'

void t.test('a leader whose disk hangs loses office within two election timeouts', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  member.store.hang()
  const waits = member.call(replica, 'set', ['a', 1])
  await member.pass(2 * ELECTION_TIMEOUT_MAX)
  t.not(replica.status().role, 'leader', 'though the others still answer it')
  const told = await waits
  t.ok(told instanceof OutcomeUnknownError, String(told))
  t.match(told, { message: /kv\.set was appended, but leadership was lost: it may still be executed/ })
  t.ok(
    (await member.call(replica, 'set', ['b', 2])) instanceof NotLeaderError,
    'who calls next goes elsewhere',
  )
  t.same(replica.waiting.commands, { calls: 0, bytes: 0 })
  await replica.stop()
})

void t.test('it does not stand while its disk hangs, and may lead again once the disk goes on', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  member.store.hang()
  void member.call(replica, 'set', ['a', 1])
  await member.pass(2 * ELECTION_TIMEOUT_MAX)
  const { term } = replica.status()
  await member.pass(10 * ELECTION_TIMEOUT_MAX)
  t.match(replica.status(), { role: 'follower', term }, 'the others, who can serve, are left alone')
  member.store.goOn()
  await member.pass(4 * ELECTION_TIMEOUT_MAX)
  t.ok(replica.isServing)
  const set = member.call(replica, 'set', ['a', 2])
  await member.pass(10)
  t.equal(await set, 1, 'what was appended before is there')
  await replica.stop()
})

void t.test(
  'a leader whose disk is slow, and goes on, stays in office however much waits for it',
  async (t) => {
    const member = new LoneMember()
    const replica = await member.lead()
    const { term } = replica.status()
    const answers: Promise<unknown>[] = []
    member.store.takes(member.world, ELECTION_TIMEOUT_MAX / 2)
    for (let i = 0; i < 20; i++) {
      answers.push(member.call(replica, 'set', ['a', i]))
      await member.pass(1)
    }
    await member.pass(20 * ELECTION_TIMEOUT_MAX)
    t.match(replica.status(), { role: 'leader', term })
    t.same(await Promise.all(answers), [null, ...Array.from({ length: 19 }, (_, i) => i)])
    await replica.stop()
  },
)

void t.test('a leader that stood still blames neither its disk nor the others', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  const { term } = replica.status()
  const events: string[] = []
  replica.onEvent(({ type }) => events.push(type))
  member.store.hang()
  const set = member.call(replica, 'set', ['a', 1])
  await member.pass(5)
  member.life.pause(10 * ELECTION_TIMEOUT_MAX)
  await member.pass(10 * ELECTION_TIMEOUT_MAX + 1)
  member.store.goOn()
  await member.pass(20)
  t.match(replica.status(), { role: 'leader', term })
  t.equal(await set, null)
  t.notOk(events.includes('steppedDown'), events.join(', '))
  await replica.stop()
})

void t.test('a disk that hangs on after its leader stood still costs it its office', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  member.store.hang()
  void member.call(replica, 'set', ['a', 1])
  await member.pass(5)
  member.life.pause(10 * ELECTION_TIMEOUT_MAX)
  await member.pass(13 * ELECTION_TIMEOUT_MAX)
  t.not(replica.status().role, 'leader')
  await replica.stop()
})
