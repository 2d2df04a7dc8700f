/** A snapshot stands at an entry, and holds what the objects were there. */
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { ms } from '../../../lib/ports.js'
import { logIndex, term } from '../../../lib/raft/types.js'
import type { Entry, SnapshotPosition } from '../../../lib/raft/types.js'
import { Capture } from '../../../lib/replica/machine/capture.js'
import { Snapshotter } from '../../../lib/replica/snapshots/snapshotter.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { silent } from '../members.js'
import { MemoryStore } from '../memory-store.js'
import { ToldApplied } from '../told-applied.js'

interface SceneOptions {
  /** How many UTF-16 units the objects' own part of a snapshot has. */
  readonly held?: number
  readonly applied: number
  readonly needed?: number
  readonly kept?: number
  readonly size?: number
}

/** A snapshotter that has applied `applied` entries of ten units each; `needed` is what others lack. */
function scene({ applied, needed = applied, kept = 5, size = 1000, held = 0 }: SceneOptions) {
  const clock = new ManualClock()
  const store = new MemoryStore()
  const state = { applied }
  const compacted: number[] = []
  const told = new ToldApplied()
  const log: Entry[] = Array.from({ length: applied }, (_, at) => ({
    kind: 'command',
    index: logIndex(at + 1),
    term: term(1),
    data: 'ten units.',
  }))
  const snapshotter = new Snapshotter({
    clock,
    logger: silent,
    store,
    limits: { entries: 10, size, keptEntries: kept, keptSize: 1000 },
    capture: () =>
      new Capture({
        head: { applied: state.applied, ...(held > 0 && { held: 'x'.repeat(held) }) },
        sources: [],
        clock,
        logger: silent,
        patience: ms(1000),
        released: () => undefined,
      }),
    position: (): SnapshotPosition => ({
      index: logIndex(state.applied),
      term: term(1),
      configuration: { voters: [], learners: [], uris: {} },
      clusterId: undefined,
      incarnations: [],
    }),
    entries: (from, to) => log.slice(from - 1, to),
    needed: (from) => (needed < from ? undefined : logIndex(needed)),
    applied: told,
    tell: () => undefined,
    compacted: (index) => compacted.push(index),
  })
  const apply = (count: number): void => {
    for (const entry of log.slice(told.index, told.index + count)) told.entry(entry, undefined)
    told.upTo(told.index)
  }
  /** How many entries more it takes for another snapshot. */
  const untilDue = async (): Promise<number> => {
    const before = await snapshotter.take()
    clock.advance(1000)
    for (let more = 1; ; more++) {
      state.applied++
      apply(1)
      await setImmediate()
      if (store.snapshot !== before) return more
    }
  }
  return { snapshotter, state, compacted, untilDue }
}

void t.test('applied index and object state not saved as one (etcd 3.5)', async (t) => {
  const { snapshotter, state } = scene({ applied: 5 })
  const taking = snapshotter.take()
  state.applied = 6
  const file = await taking
  t.equal(file.position.index, 5)
  t.equal(await file.chunk(0), '["head",{"applied":5}]', 'though entry 6 was applied before it was written')
})

void t.test('a few entries stay behind a snapshot, for followers that are a little late', async (t) => {
  const { snapshotter, compacted } = scene({ applied: 200 })
  await snapshotter.take()
  t.same(compacted, [195])
})

void t.test('the log waits for a follower that is further behind, unless that is too far', async (t) => {
  const compactedFor = async (options: Partial<SceneOptions>) => {
    const { snapshotter, compacted } = scene({ applied: 200, ...options })
    await snapshotter.take()
    return compacted
  }
  t.same(await compactedFor({ needed: 198 }), [195], 'what is kept anyway')
  t.same(await compactedFor({ needed: 150 }), [150])
  t.same(await compactedFor({ needed: 120 }), [120], 'eight times ten entries')
  t.same(await compactedFor({ needed: 119 }), [195], 'it needs a snapshot in any case')
  t.same(await compactedFor({ needed: 90, kept: 100 }), [100], 'no less is kept for it than without it')
})

void t.test('a log that waits is short in characters, too', async (t) => {
  const { snapshotter, compacted } = scene({ applied: 200, needed: 150, size: 20 })
  await snapshotter.take()
  t.same(compacted, [195], 'eight times twenty are sixteen entries')
})

void t.test('a large state is written for as many more commands, up to four times as many', async (t) => {
  const untilDue = (held: number) => scene({ applied: 50, size: 100, held }).untilDue()
  t.equal(await untilDue(0), 10)
  t.equal(await untilDue(150), 10, 'the log has half of what the snapshot has')
  t.equal(await untilDue(500), 27)
  t.equal(await untilDue(5000), 40)
})
