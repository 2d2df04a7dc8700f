/** A leader whose disk has no room for more of the log. Time is virtual. */
import t from 'tap'
import { OverloadedError } from '../../lib/rpc/errors.js'
import { LoneMember } from './lone-member.js'

const FULL = { of: 'room', reason: 'ENOSPC: no space left on device, write' } as const

void t.test(
  'a full disk: new data is refused, reads and deletes go on, and so does all once there is room',
  async (t) => {
    const member = new LoneMember()
    const replica = await member.lead()
    const ask = async (...call: [string, ...string[]]) => {
      const [method, ...params] = call
      const answer = member.call(replica, method, params)
      await member.pass(20)
      return answer
    }
    t.equal(await ask('set', 'a', 'before'), null)
    member.store.room.shortage = FULL
    t.same(replica.status().shortage, FULL, 'whoever asks is told')
    const refused = await ask('set', 'b', 'more')
    t.ok(refused instanceof OverloadedError, String(refused))
    t.match(refused, {
      outcome: 'not-executed',
      message:
        /^kv\.set was refused: the disk of n1, which leads, has no room for it \(ENOSPC: .*goes on by itself/,
    })
    member.store.room.shortage = { of: 'descriptors', reason: 'EMFILE: too many open files, open' }
    const lacking = { message: /n1, which leads, has no file descriptor left for it \(EMFILE: .*ulimit -n/ }
    t.match(await ask('set', 'b', 'more'), lacking)
    t.equal(await ask('get', 'a'), 'before')
    t.equal(await ask('delete', 'a'), true)
    member.store.room.shortage = undefined
    t.equal(await ask('set', 'b', 'more'), null)
    await replica.stop()
  },
)

void t.test('a member whose disk is full takes no office that is handed over to it', async (t) => {
  const member = new LoneMember()
  const replica = await member.start()
  await member.pass(20)
  const { clusterId } = replica.status()
  const hello = { version: 1, cluster: 'test', clusterId, id: 'n2', incarnation: 'n2-first' }
  t.match(await member.say(replica, 'hello', hello), { id: 'n1' })
  member.store.room.shortage = FULL
  const handedOver = { version: 1, term: 1, leaderId: 'n2' }
  const refused = await member.say(replica, 'timeoutNow', handedOver)
  t.ok(refused instanceof OverloadedError, String(refused))
  member.store.room.shortage = undefined
  t.match(await member.say(replica, 'timeoutNow', handedOver), { term: 1 })
  await replica.stop()
})
