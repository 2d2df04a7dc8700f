/** Two processes that are the same member, on two copies of one data folder: which of them ends. */
import t from 'tap'
import { incarnation, logIndex, serverId, start, type RaftView, type Start } from '../../../lib/raft/types.js'
import type { Hello } from '../../../lib/replica/members/hello.js'
import { encounter } from '../../../lib/replica/members/run-twice.js'

const [n1, n2] = [serverId('n1'), serverId('n2')]
const [first, second, fork] = [start('1-a'), start('2-b'), start('2-c')]

function process(...starts: ReturnType<typeof start>[]): Hello {
  return {
    version: 1,
    cluster: 'test',
    clusterId: 'c',
    clusterIdInLog: 'c',
    id: n1,
    incarnation: incarnation('i'),
    starts: starts.length === 0 ? undefined : starts,
    priority: 0,
    classes: undefined,
  }
}

function view(role: RaftView['role'], voters = [n1, n2], pinned?: Start): RaftView {
  // What it looks at, and no more.
  const starts = new Map(pinned === undefined ? [] : [[n1, [{ start: pinned, index: logIndex(1) }]]])
  const configuration = { voters, learners: [], uris: {} }
  return { role, configuration, starts, commitIndex: logIndex(1) } as unknown as RaftView
}

const follower = view('follower')
const older = process(first)

t.test('a follower gives way to a process that was started later, from whichever copy', (t) => {
  t.equal(encounter(older, process(first, second), follower), 'givesWay')
  t.equal(encounter(process(first, second), process(first, fork), follower), 'givesWay')
  t.end()
})

t.test('a leader hands over first', (t) => {
  t.equal(encounter(older, process(first, second), view('leader')), 'handsOver')
  t.end()
})

t.test('the only member stays: what it has acknowledged since the copy is nowhere else', (t) => {
  t.equal(encounter(older, process(first, second), view('leader', [n1])), 'stays')
  t.end()
})

t.test('bug: the whole process gave way to an older copy of its folder', (t) => {
  const own = process(first, second)
  t.equal(encounter(own, process(first, fork), view('follower', [n1, n2], second)), 'stays')
  t.equal(encounter(own, process(first, second, fork), view('follower', [n1, n2], second)), 'givesWay')
  t.equal(encounter(own, process(first, fork), view('follower', [n1, n2], fork)), 'givesWay', 'settled since')
  t.end()
})

t.test('the process of before stays behind, and so does one that does not say when it was started', (t) => {
  t.equal(encounter(process(first, second), older, follower), 'stays')
  t.equal(encounter(older, process(), follower), 'stays')
  t.end()
})

t.test('a process that finds itself where it was has nothing to settle', (t) => {
  t.equal(encounter(older, process(first), follower), 'itself')
  t.end()
})
