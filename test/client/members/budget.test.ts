import t from 'tap'
import { budgetOf } from '../../../client/members/budget.js'
import { transferLeadership } from '../../../client/members/transfer-leadership.js'
import { errandOf } from './errands.js'
import type { Rollcall } from '../../../lib/client/rollcall.js'

const status = {
  id: 'node2',
  uri: 'node2@localhost:9102',
  cluster: 'rollcall',
  clusterId: 'c',
  role: 'leader',
  term: 2,
  leader: { id: 'node2', uri: 'node2@localhost:9102' },
  commitIndex: 1,
  lastApplied: 1,
  lastIndex: 1,
  snapshotIndex: 0,
  members: [],
}

t.test('a budget is spent by all steps together, and is never less than a moment', async (t) => {
  let now = 1000
  const budget = budgetOf(500, () => now)
  t.equal(budget.leftMs(), 500)
  now += 499.5
  t.equal(budget.leftMs(), 1)
  t.notOk(budget.isOver())
  now += 1000
  t.equal(budget.leftMs(), 1)
  t.ok(budget.isOver())
})

t.test('the steps of a transfer share its time-out', async (t) => {
  let now = 0
  const given: (number | undefined)[] = []
  const callLeader: Rollcall['callLeader'] = async (_method, _params, options) => {
    given.push(options?.timeoutMs)
    now += 7000
    return status
  }
  const leader = await transferLeadership(
    { callLeader },
    'node2',
    errandOf(10_000, [], () => now),
  )
  t.equal(leader, 'node2@localhost:9102')
  t.same(given, [10_000, 3000])
})
