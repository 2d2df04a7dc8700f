import t from 'tap'
import { removeMember } from '../../../client/members/remove-member.js'
import type { Rollcall } from '../../../lib/client/rollcall.js'
import { InvalidParamsError, OutcomeUnknownError } from '../../../lib/rpc/errors.js'
import { errandOf } from './errands.js'

const node1 = { id: 'node1', uri: 'node1@localhost:9101', voter: true }
const node5 = { id: 'node5', uri: 'node5@localhost:9105', voter: true }

/** A leader that says no, in a cluster whose members are these; null: none is reachable. */
function refusing(error: Error, members: readonly (typeof node1)[] | null): Pick<Rollcall, 'callLeader'> {
  const about = { id: 'node1', uri: 'node1@localhost:9101', cluster: 'rollcall', clusterId: 'c', term: 7 }
  const indexes = { commitIndex: 9, lastApplied: 9, lastIndex: 9, snapshotIndex: 0 }
  const status = { ...about, ...indexes, role: 'leader', leader: null, members: [...(members ?? [])] }
  return {
    callLeader: (method) => {
      if (method === 'removeMember') return Promise.reject(error)
      return members === null ? Promise.reject(goneAfterAll) : Promise.resolve(status)
    },
  }
}

const gone = new InvalidParamsError('there is no member node5 to remove')
const goneAfterAll = new OutcomeUnknownError('an attempt may have run', { cause: gone })

t.test('that there is no such member counts once an attempt before may have removed it', async (t) => {
  t.same(await removeMember(refusing(goneAfterAll, [node1]), 'node5', errandOf(10_000)), [node1])
  await t.rejects(removeMember(refusing(gone, [node1]), 'node5', errandOf(10_000)), gone)
})

t.test('without the word of a leader that it is gone the outcome stays unknown', async (t) => {
  for (const members of [null, [node1, node5]])
    await t.rejects(removeMember(refusing(goneAfterAll, members), 'node5', errandOf(10_000)), goneAfterAll)
  const lost = new OutcomeUnknownError('leadership was lost')
  await t.rejects(removeMember(refusing(lost, [node1]), 'node5', errandOf(10_000)), lost)
})
