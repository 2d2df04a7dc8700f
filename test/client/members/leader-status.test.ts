import t from 'tap'
import { leaderStatus } from '../../../client/members/leader-status.js'
import type { Json } from '../../../lib/json.js'

const answering = (answer: Json) => ({ callLeader: () => Promise.resolve(answer) })

t.test('who the members are is the word of the leader', async (t) => {
  const status = {
    ...{ id: 'node4', uri: 'node4@localhost:9104', cluster: 'rollcall', clusterId: 'c', role: 'leader' },
    ...{ term: 7, leader: null, commitIndex: 9, lastApplied: 9, lastIndex: 9, snapshotIndex: 0 },
    members: [{ id: 'node4', uri: 'node4@localhost:9104', voter: true }],
  }
  t.same((await leaderStatus(answering(status), {})).members, status.members)
  await t.rejects(leaderStatus(answering('nonsense'), {}), { name: 'InternalError' })
})
