/** A member that the others refuse because it was removed. Time is virtual. */
import t, { type Test } from 'tap'
import type { Json } from '../../../lib/json.js'
import { LoneMember } from '../lone-member.js'

const hello: Json = { version: 1, cluster: 'test', clusterId: null, id: 'n2', incarnation: 'n2-first' }
const identity: Json = [1, 1, 'identity', 'c', ['n1', 'n2', 'n3'].map((id) => [id, `${id}-first`])]
/** From n2, the leader of term 1: all that is committed. */
const everything: Json = {
  version: 1,
  term: 1,
  leaderId: 'n2',
  prevLogIndex: 0,
  prevLogTerm: 0,
  entries: [identity],
  leaderCommit: 1,
  round: 1,
}

/** `end` is what it says when it has ended. */
async function started(t: Test, joins: boolean) {
  const member = new LoneMember()
  Object.assign(member, { joins, hears: false })
  const replica = await member.start()
  t.teardown(() => replica.stop())
  const heard: { end: Error | undefined } = { end: undefined }
  void replica.failed.then((error) => (heard.end = error))
  return { member, replica, heard }
}

async function isTold(member: LoneMember): Promise<void> {
  member.hooks?.toldOfRemoval()
  await member.pass(200)
}

t.test('one that was not told to join ends', async (t) => {
  const { member, heard } = await started(t, false)
  await isTold(member)
  t.match(heard.end, { label: 'REMOVED_MEMBER' })
})

t.test(
  'one that is being added again goes on until it has all that is committed, and ends then',
  async (t) => {
    const { member, replica, heard } = await started(t, true)
    await isTold(member)
    t.equal(heard.end, undefined, 'what they say may be from before it was added')
    void member.say(replica, 'hello', hello)
    void member.say(replica, 'appendEntries', everything)
    await member.pass(100)
    t.not(replica.dataAge, null)
    await isTold(member)
    t.match(heard.end, { label: 'REMOVED_MEMBER' })
  },
)
