import t from 'tap'
import { logIndex, serverId } from '../../../lib/raft/types.js'
import type { PeerProgress, RaftView, ServerId, TransferOutcome } from '../../../lib/raft/types.js'
import { LeaderPriority } from '../../../lib/replica/members/leader-priority.js'
import { ManualClock } from '../../harness/manual-clock.js'

const [n1, n2, n3, n4] = ['n1', 'n2', 'n3', 'n4'].map(serverId) as [ServerId, ServerId, ServerId, ServerId]
const UP_TO_DATE: PeerProgress = {
  state: 'replicate',
  matchIndex: logIndex(9),
  nextIndex: logIndex(10),
  heardAt: 0,
  lostContact: false,
}

/** The leader n1 of n1, n2 and n3, with the learner n4, and whom it asks to take over. */
function place(
  priorities: Readonly<Record<string, number>>,
  progress: Readonly<Record<string, Partial<PeerProgress>>>,
  isFull = false,
  outcome: TransferOutcome = 'timedOut',
  olderCopies: readonly ServerId[] = [],
) {
  const clock = new ManualClock()
  const asked: ServerId[] = []
  let role: RaftView['role'] = 'leader'
  let leaderId: ServerId | undefined
  const view = (): RaftView =>
    ({
      id: n1,
      role,
      leaderId,
      commitIndex: logIndex(9),
      olderCopies: new Map(olderCopies.map((id) => [id, undefined])),
      configuration: { voters: [n1, n2, n3], learners: [n4], uris: {} },
      progress: new Map([n2, n3, n4].map((id) => [id, { ...UP_TO_DATE, ...progress[id] }])),
    }) as unknown as RaftView
  const leaderPriority = new LeaderPriority({
    priority: priorities['n1'] ?? 0,
    priorityOf: (id) => priorities[id],
    view,
    clock,
    isFull: () => isFull,
    transfer: (to) => {
      asked.push(to)
      if (outcome === 'handedOver') become('follower')
      return Promise.resolve(outcome)
    },
  })
  const become = (next: RaftView['role'], leader?: ServerId): void => {
    role = next
    leaderId = leader
    leaderPriority.check()
  }
  leaderPriority.check()
  return { clock, asked, leaderPriority, become, follow: () => (role = 'follower') }
}

t.test('leadership goes to the voter with the highest priority', async (t) => {
  const { clock, asked } = place({ n1: 1, n2: 2, n3: 5 }, {})
  clock.advance(1000)
  t.same(asked, [n3])
})

t.test('bug: leadership was offered to an older copy, which does not stand', async (t) => {
  const { clock, asked } = place({ n1: 1, n2: 2, n3: 5 }, {}, false, 'timedOut', [n3])
  clock.advance(1000)
  t.same(asked, [n2])
})

t.test('a leader keeps office among equals, and above those of lower priority', async (t) => {
  const { clock, asked } = place({ n1: 3, n2: 3, n3: 1 }, {})
  clock.advance(5000)
  t.same(asked, [])
})

t.test('who lags, is not heard, needs a snapshot or does not vote is passed over', async (t) => {
  const { clock, asked } = place({ n2: 1, n3: 2, n4: 9 }, { n3: { matchIndex: logIndex(8) } })
  clock.advance(1000)
  t.same(asked, [n2])
  for (const state of [{ lostContact: true }, { state: 'snapshot' as const }, { state: 'probe' as const }]) {
    const other = place({ n3: 2 }, { n3: state })
    other.clock.advance(1000)
    t.same(other.asked, [])
  }
})

t.test(
  'a leader whose disk is full asks one after another to take over, and less and less often',
  async (t) => {
    const { clock, asked } = place({ n1: 5 }, {}, true)
    for (let second = 0; second < 8; second++) {
      clock.advance(1000)
      await Promise.resolve()
      await Promise.resolve()
    }
    t.same(asked, [n2, n3, n2], 'after 1, 3 and 7 seconds')
  },
)

t.test('a follower hands nothing over', async (t) => {
  const { clock, asked, leaderPriority, follow } = place({ n3: 2 }, {})
  follow()
  leaderPriority.check()
  clock.advance(5000)
  t.same(asked, [])
})

t.test(
  'bug: a preferred leader on a bad link got office again and again: 13 elections in 36 s',
  async (t) => {
    const { clock, asked, become } = place({ n3: 2 }, {}, false, 'handedOver')
    const waits: number[] = []
    for (let round = 0; round < 10; round++) {
      let seconds = 0
      while (asked.length === round) {
        clock.advance(1000)
        seconds++
        await Promise.resolve()
      }
      waits.push(seconds)
      await new Promise<void>((resolve) => setImmediate(resolve))
      // It can not keep office.
      become('leader')
    }
    t.same(waits, [1, 4, 8, 16, 32, 64, 128, 256, 300, 300])
  },
)

t.test('who has kept office for long gets it again soon', async (t) => {
  const { clock, asked, become } = place({ n3: 2 }, {}, false, 'handedOver')
  for (const seconds of [1, 4]) {
    clock.advance(seconds * 1000)
    await new Promise<void>((resolve) => setImmediate(resolve))
    become('leader')
  }
  t.equal(asked.length, 2)
  become('follower')
  clock.advance(100_000)
  become('leader')
  clock.advance(8000)
  await new Promise<void>((resolve) => setImmediate(resolve))
  become('leader')
  clock.advance(4000)
  t.equal(asked.length, 4)
})

t.test('bug: who took office late, and died each time, got it again as soon', async (t) => {
  const { clock, asked, become } = place({ n3: 2 }, {}, false, 'timedOut')
  const waits: number[] = []
  for (let round = 0; round < 4; round++) {
    let seconds = 0
    while (asked.length === round) {
      clock.advance(1000)
      seconds++
      await Promise.resolve()
    }
    waits.push(seconds)
    await new Promise<void>((resolve) => setImmediate(resolve))
    become('follower', n3)
    become('leader')
  }
  t.same(waits, [1, 4, 8, 16])
})
