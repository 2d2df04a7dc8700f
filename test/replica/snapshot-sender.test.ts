/** Pieces of the leader's snapshot, as a follower asks for them. */
import t from 'tap'
import { logIndex, serverId, term } from '../../lib/raft/types.js'
import type { PeerProgress, RaftView, SnapshotPosition } from '../../lib/raft/types.js'
import { SnapshotSender } from '../../lib/replica/snapshot-sender.js'
import type { SnapshotFile } from '../../lib/replica/snapshot-store.js'
import { silent } from './members.js'

const [n1, n2, n3] = [serverId('n1'), serverId('n2'), serverId('n3')]
const PIECES = 20

const receiving: PeerProgress = {
  state: 'snapshot',
  matchIndex: logIndex(0),
  nextIndex: logIndex(1),
  lostContact: false,
}
const replicating = (matchIndex: number): PeerProgress => ({
  ...receiving,
  state: 'replicate',
  matchIndex: logIndex(matchIndex),
})

function scene() {
  const left: number[] = []
  const held = new Set<number>()
  const file = (index: number): SnapshotFile => ({
    // What it looks at, and no more.
    position: { index: logIndex(index) } as unknown as SnapshotPosition,
    chunks: PIECES,
    bytes: 0,
    // The later a piece, the sooner it is read.
    chunk: async (offset) => {
      for (let turn = PIECES; turn > offset; turn--) await Promise.resolve()
      return `piece ${offset} of ${index}`
    },
    retain: () => held.add(index),
    release: () => held.delete(index),
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
    send: (_, message) => {
      if ('offset' in message) left.push(message.offset)
    },
    unreachable: () => undefined,
    logger: silent,
  })
  /** The follower's word; undefined before its first. Returns the pieces that leave. */
  const asks = async (offset?: number, index = 70): Promise<readonly number[]> => {
    const resume = offset === undefined ? {} : { resume: { index: logIndex(index), offset } }
    sender.send({ type: 'sendSnapshot', to: n2, term: term(1), ...resume })
    await new Promise((resolve) => setImmediate(resolve))
    return left.splice(0)
  }
  return { asks, sender, view, progress, held, store, file }
}

void t.test('several pieces are under way once the first is answered, and leave in order', async (t) => {
  const { asks } = scene()
  t.same(await asks(), [0])
  t.same(await asks(1), [1, 2, 3, 4, 5, 6, 7, 8])
  t.same(await asks(2), [9])
  t.same(await asks(5), [10, 11, 12])
  t.same(await asks(13), [13, 14, 15, 16, 17, 18, 19])
  t.same(await asks(19), [], 'all have left')
})

void t.test(
  'who asks for the same piece again, or an earlier one, has lost what was under way',
  async (t) => {
    const { asks } = scene()
    await asks()
    await asks(1)
    t.same(await asks(1), [1, 2, 3, 4, 5, 6, 7, 8])
    t.same(await asks(0), [0, 1, 2, 3, 4, 5, 6, 7])
    t.same(await asks(PIECES), [0, 1, 2, 3, 4, 5, 6, 7], 'there is no such piece')
  },
)

void t.test('a receiver that has some pieces already gets those behind them', async (t) => {
  const { asks } = scene()
  t.same(await asks(), [0])
  t.same(await asks(12), [12, 13, 14, 15, 16, 17, 18, 19])
})

void t.test('a transfer ends with the snapshot that it began with', async (t) => {
  const { asks, store, file } = scene()
  await asks()
  store.snapshot = file(80)
  t.same(await asks(1), [1, 2, 3, 4, 5, 6, 7, 8])
})

void t.test('a transfer begins anew with the newest snapshot when the log does not reach back', async (t) => {
  const { asks, store, file, view, held } = scene()
  await asks()
  store.snapshot = file(80)
  view.snapshotIndex = logIndex(75)
  t.same(await asks(1), [0, 1, 2, 3, 4, 5, 6, 7])
  t.same([...held], [80])
})

void t.test('the log keeps what follows a snapshot that is under way', async (t) => {
  const { asks, sender, progress } = scene()
  progress.set(n3, replicating(90))
  await asks()
  t.equal(sender.needed, 70)
})

void t.test(
  'bug: a follower that had just got a snapshot needed the next one, as the log did not wait for it',
  async (t) => {
    const { asks, sender, progress, held } = scene()
    await asks()
    progress.set(n2, replicating(70))
    progress.set(n3, replicating(90))
    t.equal(sender.needed, 70)
    t.same([...held], [])
  },
)

void t.test(
  'bug: a follower that died while it got a snapshot kept the log from being compacted',
  async (t) => {
    const { asks, sender, progress, held } = scene()
    await asks()
    progress.set(n2, { ...receiving, lostContact: true })
    t.equal(sender.needed, undefined)
    t.same([...held], [], 'the file may go, too')
  },
)

void t.test('the log does not wait for a follower that it can not serve any more', async (t) => {
  const { sender, progress } = scene()
  progress.set(n2, replicating(59))
  progress.set(n3, replicating(60))
  t.equal(sender.needed, 60)
})
