import t from 'tap'
import type { Json } from '../../../lib/json.js'
import {
  InvalidParamsError,
  MethodNotFoundError,
  NoQuorumError,
  NotLeaderError,
  OutcomeUnknownError,
} from '../../../lib/rpc/errors.js'
import { uri } from '../../../lib/rpc/uri.js'
import { callLeader, leaderStatus } from '../../../client/members/leader-calls.js'

/** A cluster whose leader answers with these one after another, the last one ever after. */
function answering(...answers: readonly (Json | Error)[]) {
  const left = [...answers]
  return {
    leader: () => Promise.resolve(uri('node1@localhost:9101')),
    call: (): Promise<Json> => {
      const answer = (left.length > 1 ? left.shift() : left[0]) ?? null
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
  }
}

const add = (cluster: ReturnType<typeof answering>, timeoutMs = 10_000): Promise<Json> =>
  callLeader(cluster, 'addMember', ['node5', 'node5@localhost:9105'], timeoutMs)

t.test('a change of members is asked for again while the leader changes', async (t) => {
  const moved = new NotLeaderError({ leader: null, term: 3, members: [] })
  const removed = new MethodNotFoundError('there is no exposed method "node1.addMember" here')
  const lost = new OutcomeUnknownError('leadership was lost')
  t.equal(await add(answering(moved, removed, lost, 'done')), 'done')
})

t.test('what is refused for good is told at once', async (t) => {
  await t.rejects(add(answering(new InvalidParamsError('an address in use'))), { name: 'InvalidParamsError' })
})

t.test(
  'when time is over, a change that an attempt may have begun is unknown, whatever the last one said',
  async (t) => {
    const lost = new OutcomeUnknownError('leadership was lost')
    const refused = new NoQuorumError('two of five')
    await t.rejects(add(answering(lost, refused), 150), {
      name: 'OutcomeUnknownError',
      message: /two of five/,
    })
    await t.rejects(add(answering(refused), 1), { name: 'NoQuorumError' })
  },
)

t.test('a refusal that tells that the change is done counts once an attempt may have done it', async (t) => {
  const lost = new OutcomeUnknownError('leadership was lost')
  const gone = new InvalidParamsError('there is no member node5 to remove')
  const remove = (cluster: ReturnType<typeof answering>): Promise<Json> =>
    callLeader(cluster, 'removeMember', ['node5'], 10_000, (error) => Promise.resolve(error === gone))
  t.equal(await remove(answering(lost, gone)), null)
  await t.rejects(remove(answering(gone)), gone)
})

t.test('who the members are is the word of a leader, waited for while there is none', async (t) => {
  const status = {
    ...{ id: 'node4', uri: 'node4@localhost:9104', cluster: 'rollcall', clusterId: 'c', role: 'leader' },
    ...{ term: 7, leader: null, commitIndex: 9, lastApplied: 9, lastIndex: 9, snapshotIndex: 0 },
    members: [{ id: 'node4', uri: 'node4@localhost:9104', voter: true }],
  }
  const moved = new NotLeaderError({ leader: null, term: 3, members: [] })
  t.same((await leaderStatus(answering(moved, status), 10_000)).members, status.members)
  await t.rejects(leaderStatus(answering('nonsense'), 10_000), { name: 'InternalError' })
})
