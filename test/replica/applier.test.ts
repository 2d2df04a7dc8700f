/** Committed entries on their way to the state machine. */
import t from 'tap'
import { logIndex, term } from '../../lib/raft/types.js'
import type { Entry, LogIndex, SnapshotPosition } from '../../lib/raft/types.js'
import { Applier } from '../../lib/replica/applier.js'
import { ManualClock } from '../harness/manual-clock.js'

/** The position of the first entry of the second term. */
const OF_THIS_LEADER = 6

const entries = (from: LogIndex, to: LogIndex): Entry[] =>
  Array.from({ length: Math.max(to - from + 1, 0) }, (_, at) => ({
    kind: 'empty',
    index: logIndex(from + at),
    term: term(from + at < OF_THIS_LEADER ? 1 : 2),
  }))

const snapshotAt = (index: number): SnapshotPosition => ({
  index: logIndex(index),
  term: term(1),
  configuration: { voters: [], learners: [], uris: {} },
  clusterId: undefined,
  incarnations: [],
})

/** An applier with nothing applied, what it has applied, and the snapshots that it waits for. */
function scene(recoveredIndex = 0) {
  const applied: number[] = []
  const recent: number[] = []
  const restores: ((index: LogIndex) => void)[] = []
  const applier = new Applier({
    clock: new ManualClock(),
    applied: logIndex(0),
    entries,
    machine: {
      apply: ({ index }, isRecent) => {
        applied.push(index)
        if (isRecent) recent.push(index)
        return undefined
      },
    },
    recoveredIndex,
    raft: { view: { currentTerm: term(2) } },
    restore: () => new Promise((resolve) => restores.push(resolve)),
    take: () => undefined,
    failed: (error) => {
      throw error
    },
  })
  return { applier, applied, recent, restores }
}

const turns = () => new Promise((resolve) => setImmediate(resolve))
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, at) => from + at)

void t.test('each entry is applied once, in order, in one slice or in several', async (t) => {
  const { applier, applied } = scene()
  applier.commit({ to: logIndex(3) })
  t.same(applied, [1, 2, 3])
  applier.commit({ to: logIndex(1000) })
  t.ok(applied.length < 1000, 'others get a turn in between')
  await turns()
  t.same(applied, upTo(1000))
})

void t.test('while a snapshot is put in place nothing is applied, then what follows it', async (t) => {
  const { applier, applied, restores } = scene()
  applier.commit({ to: logIndex(2) })
  applier.restore(snapshotAt(10))
  applier.commit({ to: logIndex(12) })
  await turns()
  t.same(applied, [1, 2])
  restores[0]?.(logIndex(10))
  await turns()
  t.same(applied, [1, 2, 11, 12])
})

void t.test(
  'bug: what a leader of before had written, and came later, was taken for written just now',
  async (t) => {
    const { applier, recent } = scene(3)
    applier.commit({ to: logIndex(8) })
    await turns()
    t.same(recent, [6, 7, 8])
  },
)

void t.test('a snapshot that comes while another is put in place takes its turn after it', async (t) => {
  const { applier, applied, restores } = scene()
  applier.restore(snapshotAt(10))
  applier.restore(snapshotAt(20))
  applier.commit({ to: logIndex(21) })
  restores[0]?.(logIndex(10))
  await turns()
  t.same(applied, [])
  restores[1]?.(logIndex(20))
  await turns()
  t.same(applied, [21])
})
