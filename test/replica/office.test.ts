/** What a leader may say and do by itself, and what only with a majority. Time is virtual. */
import t from 'tap'
import { LoneMember } from './lone-member.js'

void t.test('a leader that nobody hears does not answer a query on its own word', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  const set = member.call(replica, 'set', ['a', 1])
  await member.pass(10)
  t.equal(await set, null)
  member.hears = false
  const answer = member.call(replica, 'get', ['a'], 50)
  await member.pass(100)
  t.equal(replica.status().role, 'leader', 'it has not noticed yet: another may lead by now')
  t.ok((await answer) instanceof Error)
  await replica.stop()
})

void t.test('a leader serves only when the first entry of its term is committed', async (t) => {
  const member = new LoneMember()
  const replica = await member.start()
  replica.onChange(({ role }) => (member.hears = role !== 'leader'))
  while (replica.status().role !== 'leader') await member.pass(1)
  await member.pass(100)
  t.match(replica.status(), { role: 'leader', commitIndex: 0 })
  t.notOk(replica.isServing, 'what leaders before it have committed it may not know yet')
  await replica.stop()
})

void t.test('a member whose disk refuses a write stops, and says so', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  member.store.breaks(new Error('EIO'))
  const told = member.call(replica, 'set', ['a', 1])
  await member.pass(10)
  t.match(await replica.failed, { message: 'EIO' })
  t.match(await told, { label: 'OUTCOME_UNKNOWN' })
  t.not(replica.raft.view.role, 'leader')
  await replica.stop()
})
