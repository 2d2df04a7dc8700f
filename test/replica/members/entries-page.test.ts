/** The committed log as anyone may read it: in pages, so that no call holds up the member. Time is virtual. */
import t from 'tap'
import { isList, membersOf } from '../../../lib/json.js'
import { ENTRIES_SIZE_MAX } from '../../../lib/replica/members/member-object.js'
import { LoneMember } from '../lone-member.js'

t.test('entries come up to a number of bytes, and one at the least', async (t) => {
  const member = new LoneMember()
  const replica = await member.lead()
  t.teardown(() => replica.stop())
  const big = 'x'.repeat(100_000)
  const huge = 'x'.repeat(2 * ENTRIES_SIZE_MAX)
  for (const value of [big, big, big, huge, 1]) {
    const set = member.call(replica, 'set', ['a', value])
    await member.pass(10)
    await set
  }
  const indices = async (from: number) => {
    const answer = replica.member.methods.get('entries')?.handler([from, 1000], {
      connection: { kind: 'lines', remote: 'a test' },
      meta: {},
      deadline: undefined,
    })
    const entries: unknown = await answer
    return isList(entries) ? entries.map((entry) => membersOf(entry)['index']) : []
  }
  const last = replica.status().commitIndex
  t.same(await indices(last - 4), [last - 4, last - 3])
  t.same(await indices(last - 2), [last - 2], 'the huge one is beyond')
  t.same(await indices(last - 1), [last - 1])
  t.same(await indices(last), [last])
  t.same(await indices(last + 1), [])
})
