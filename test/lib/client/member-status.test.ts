import t from 'tap'
import { memberStatus } from '../../../lib/client/member-status.js'

const URI = 'n1@localhost:9101'
const status = {
  id: 'n1',
  uri: URI,
  cluster: 'rollcall',
  clusterId: null,
  role: 'follower',
  term: 3,
  leader: { id: 'n1', uri: URI },
  commitIndex: 2,
  lastApplied: 2,
  lastIndex: 2,
  snapshotIndex: 0,
  members: [{ id: 'n1', uri: URI, voter: true }],
} as const

void t.test('what a member says of itself is read as it is', async (t) => {
  t.same(memberStatus(status), status)
  const full = { ...status, uncounted: ['n3'], shortage: { of: 'room', reason: 'ENOSPC' } } as const
  t.same(memberStatus(full), full)
  t.same(memberStatus({ ...status, shortage: { of: 'luck', reason: 'ENOSPC' } }), status)
})

void t.test('who says that somebody is where nobody can be is no member', async (t) => {
  for (const uri of ['', 'n1', 'n1@localhost:99999', '\u0000@localhost:1']) {
    t.equal(memberStatus({ ...status, uri }), undefined)
    t.equal(memberStatus({ ...status, leader: { id: 'n1', uri } }), undefined)
    t.equal(memberStatus({ ...status, members: [{ id: 'n1', uri, voter: true }] }), undefined)
  }
})
