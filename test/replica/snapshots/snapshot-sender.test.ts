/** Pieces of the leader's snapshot, as a follower asks for them. */
import t from 'tap'
import { logIndex, serverId, term } from '../../../lib/raft/types.js'
import type { PeerProgress, RaftView, SnapshotPosition } from '../../../lib/raft/types.js'
import { SnapshotSender } from '../../../lib/replica/snapshots/snapshot-sender.js'
import type { SnapshotFile } from '../../../lib/replica/snapshots/snapshot-store.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { silent } from '../members.js'

const [n1, n2, n3] = [serverId('n1'), serverId('n2'), serverId('n3')]
const PIECES = 20
const ANY = logIndex(0)

const receiving: PeerProgress = {
  state: 'snapshot',
  matchIndex: logIndex(0),
  nextIndex: logIndex(1),
  heardAt: 0,
  lostContact: false,
}
const replicating = (matchIndex: number): PeerProgress => ({
  ...receiving,
  state: 'replicate',
  matchIndex: logIndex(matchIndex),
})

/** What the follower says. Nothing: it has said nothing yet. */
interface Word {
  readonly offset?: number
  readonly index?: number
  readonly isAgain?: boolean
}

function scene() {
  const clock = new ManualClock()
  const left: string[] = []
  const readers = new Map<number, number>()
  const unreachable: string[] = []
  const broken = new Set<number>()
  const count = (index: number, by: number) => void readers.set(index, (readers.get(index) ?? 0) + by)
  const file = (index: number): SnapshotFile => ({
    // What it looks at, and no more.
    position: { index: logIndex(index) } as unknown as SnapshotPosition,
    chunks: PIECES,
    bytes: 0,
    // The later a piece, the sooner it is read.
    chunk: async (offset) => {
      for (let turn = PIECES; turn > offset; turn--) await Promise.resolve()
      if (broken.has(offset)) throw new Error(`piece ${offset} is damaged`)
      return `piece ${offset} of ${index}`
    },
    retain: () => count(index, 1),
    release: () => count(index, -1),
  })
  const progress = new Map([[n2, receiving]])
  const view = { id: n1, role: 'leader', currentTerm: 1, snapshotIndex: logIndex(60), progress }
  const store = {
    snapshot: file(70),
    beginSnapshot: () => {
      throw new Error('nothing is written here')
    },
    compact: () => Promise.resolve(),
  }
  const sender = new SnapshotSender({
    store,
    view: () => view as unknown as RaftView,
    clock,
    send: ({ message }) => {
      if ('offset' in message) left.push(`${message.snapshot.index}/${message.offset}`)
    },
    unreachable: (peer) => unreachable.push(peer),
    logger: silent,
  })
  const wish = ({ offset, index = 70, isAgain = false }: Word) => {
    const resume = offset === undefined ? {} : { resume: { index: logIndex(index), offset } }
    sender.send({ type: 'sendSnapshot', to: n2, term: term(1), isAgain, ...resume })
  }
  const pieces = async (): Promise<string> => {
    await new Promise((resolve) => setImmediate(resolve))
    return left.splice(0).join(' ')
  }
  const asks = (word: Word = {}): Promise<string> => {
    wish(word)
    return pieces()
  }
  /** By the index of its snapshot, how often each file is retained. */
  const retained = () => Object.fromEntries([...readers].filter(([, times]) => times !== 0))
  return { asks, wish, pieces, sender, clock, view, progress, retained, store, file, broken, unreachable }
}

const range = (from: number, to: number, index = 70): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `${index}/${from + at}`).join(' ')

void t.test('several pieces are under way once the first is answered, and leave in order', async (t) => {
  const { asks } = scene()
  t.equal(await asks(), '70/0')
  t.equal(await asks({ offset: 1 }), range(1, 8))
  t.equal(await asks({ offset: 2 }), '70/9')
  t.equal(await asks({ offset: 5 }), range(10, 12))
  t.equal(await asks({ offset: 13 }), range(13, 19))
  t.equal(await asks({ offset: 19 }), '', 'all have left')
})

void t.test('what was lost leaves again from where the receiver stands, one piece at first', async (t) => {
  const { asks } = scene()
  await asks()
  await asks({ offset: 1 })
  t.equal(await asks({ offset: 4, isAgain: true }), '70/4')
  t.equal(await asks({ offset: 5 }), range(5, 12))
  t.equal(await asks({ offset: 0, isAgain: true }), '70/0', 'it has lost all')
  t.equal(await asks({ offset: PIECES, isAgain: true }), '70/0', 'there is no such piece')
})

void t.test('bug: the last pieces were lost at once, and never left again', async (t) => {
  const { asks } = scene()
  await asks()
  await asks({ offset: 1 })
  await asks({ offset: 12 })
  t.equal(await asks({ offset: 19, isAgain: true }), '70/19')
})

void t.test('a receiver that refuses each piece gets one at a time', async (t) => {
  const { asks } = scene()
  await asks()
  for (let times = 0; times < 3; times++) t.equal(await asks({ offset: 0, isAgain: true }), '70/0')
})

void t.test('a receiver that has some pieces already gets those behind them', async (t) => {
  const { asks } = scene()
  t.equal(await asks(), '70/0')
  t.equal(await asks({ offset: 12 }), range(12, 19))
})

void t.test('a transfer ends with the snapshot that it began with', async (t) => {
  const { asks, store, file } = scene()
  await asks()
  store.snapshot = file(80)
  t.equal(await asks({ offset: 1 }), range(1, 8))
})

void t.test('a transfer begins anew with the newest snapshot when the log does not reach back', async (t) => {
  const { asks, store, file, view, retained } = scene()
  await asks()
  await asks({ offset: 1 })
  store.snapshot = file(80)
  view.snapshotIndex = logIndex(75)
  t.equal(await asks({ offset: 2 }), '80/0')
  t.same(retained(), { 80: 1 })
  t.equal(await asks({ offset: 3 }), '', 'bug: each answer that was still under way began it once more')
  t.equal(await asks({ offset: 1, index: 80 }), range(1, 8, 80))
})

void t.test(
  'a piece that can not be read is as good as lost; those before and behind it leave',
  async (t) => {
    const { asks, broken, unreachable } = scene()
    await asks()
    broken.add(3)
    t.equal(await asks({ offset: 1 }), `${range(1, 2)} ${range(4, 8)}`)
    t.same(unreachable, ['n2'])
  },
)

void t.test('nothing leaves any more for a leader of yesterday, or of a transfer that is over', async (t) => {
  const { wish, pieces, view, sender } = scene()
  wish({})
  view.currentTerm = 2
  t.equal(await pieces(), '')
  view.currentTerm = 1
  wish({})
  sender.end()
  t.equal(await pieces(), '')
})

void t.test('two receivers of one snapshot retain it for themselves', async (t) => {
  const { asks, sender, retained, progress } = scene()
  await asks()
  sender.send({ type: 'sendSnapshot', to: n3, term: term(1), isAgain: false })
  t.same(retained(), { 70: 2 })
  progress.set(n3, receiving).set(n2, replicating(70))
  sender.releaseUnwanted()
  t.same(retained(), { 70: 1 })
  sender.end()
  t.same(retained(), {})
})

void t.test('the log keeps what follows a snapshot that is under way', async (t) => {
  const { asks, sender, progress } = scene()
  progress.set(n3, replicating(90))
  await asks()
  t.equal(sender.needed(ANY), 70)
  t.equal(sender.needed(logIndex(71)), 90, 'unless that is too much')
})

void t.test(
  'bug: a follower that had just got a snapshot needed the next one, as the log did not wait for it',
  async (t) => {
    const { asks, sender, progress } = scene()
    await asks()
    progress.set(n2, replicating(75))
    progress.set(n3, replicating(90))
    t.equal(sender.needed(ANY), 75)
  },
)

void t.test(
  'bug: a follower that died while it got a snapshot kept the log from being compacted',
  async (t) => {
    const { asks, sender, clock, retained } = scene()
    await asks()
    clock.advance(5000)
    sender.releaseUnwanted()
    t.equal(sender.needed(ANY), 70, 'a pause is no death')
    t.same(retained(), { 70: 1 })
    clock.advance(5001)
    t.equal(sender.needed(ANY), undefined)
    sender.releaseUnwanted()
    t.same(retained(), {})
  },
)

void t.test('the log does not wait for a follower that it can not serve any more', async (t) => {
  const { sender, progress } = scene()
  progress.set(n2, replicating(59))
  progress.set(n3, replicating(60))
  t.equal(sender.needed(ANY), 60)
})
