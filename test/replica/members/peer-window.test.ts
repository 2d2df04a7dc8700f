import t from 'tap'
import { logIndex, serverId, term } from '../../../lib/raft/types.js'
import type { Request } from '../../../lib/raft/types.js'
import { PeerWindow } from '../../../lib/replica/guards/budget.js'
import { contentSize } from '../../../lib/raft/log.js'

const MIB = 1024 * 1024

void t.test('a full window holds what would go beyond it, and counts that', async (t) => {
  const window = new PeerWindow()
  for (let i = 0; i < 16; i++) t.ok(window.admits(MIB))
  t.notOk(window.admits(1), 'no byte more')
  t.ok(window.admits(0), 'a heartbeat still goes')
  t.same(window.load, { calls: 17, bytes: 16 * MIB, held: 1 })
  window.leave(MIB)
  t.ok(window.admits(MIB), 'what was answered makes room')
})

void t.test('heartbeats without an answer are bounded too', async (t) => {
  const window = new PeerWindow()
  for (let i = 0; i < 64; i++) t.ok(window.admits(0))
  t.notOk(window.admits(0))
})

void t.test('one request alone may leave, however large it is', async (t) => {
  const window = new PeerWindow()
  t.ok(window.admits(100 * MIB))
  t.notOk(window.admits(1))
})

void t.test('the size of a request is that of its entries or its piece', async (t) => {
  const command = (index: number, data: string) =>
    ({ kind: 'command', index: logIndex(index), term: term(1), data }) as const
  const append: Request = {
    type: 'appendEntries',
    term: term(1),
    leaderId: serverId('a'),
    prevLogIndex: logIndex(0),
    prevLogTerm: term(0),
    entries: [command(1, 'abc'), { kind: 'empty', index: logIndex(2), term: term(1) }, command(3, 'de')],
    leaderCommit: logIndex(0),
    round: 1,
  }
  t.equal(contentSize(append), 5)
  t.equal(contentSize({ type: 'timeoutNow', term: term(1), leaderId: serverId('a') }), 0)
})
