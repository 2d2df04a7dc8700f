/** A snapshot stands at an entry, and holds what the objects were there. */
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

/** Counts what is done before the event loop is given free. */
class CountingClock extends ManualClock {
  #done = 0
  most = 0

  did(): void {
    this.most = Math.max(this.most, ++this.#done)
  }

  override soon(task: () => void): void {
    this.#done = 0
    super.soon(task)
  }
}

interface SceneOptions {
  readonly applied: number
  readonly needed?: number
  readonly kept?: number
  readonly size?: number
  /** Characters that the objects hold. */
  readonly state?: number
}

/** A snapshotter that has applied `applied` entries of ten units each; `needed` is what others lack. */
function scene({ applied, needed = applied, kept = 5, size = 1000, state: stateSize = 0 }: SceneOptions) {
  const clock = new CountingClock()
  const store = new MemoryStore()
  const state = { applied }
  const compacted: number[] = []
  const taken: number[] = []
  const log: Entry[] = Array.from({ length: applied }, (_, at) => ({
    kind: 'command',
    index: logIndex(at + 1),
    term: term(1),
    data: 'ten units.',
  }))
  const told = new ToldApplied()
  const snapshotter = new Snapshotter({
    clock,
    logger: silent,
    store,
    limits: { entries: 10, size, keptEntries: kept, keptSize: 100_000 },
    capture: () =>
      new Capture({
        head: { applied: state.applied },
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
    sizeAt: () => {
      clock.did()
      return 'ten units.'.length
    },
    needed: (from) => (needed < from ? undefined : logIndex(needed)),
    applied: told,
    tell: ({ index }) => taken.push(index),
    compacted: (index) => compacted.push(index),
  })
  snapshotter.restored({ bytes: stateSize })
  /** Applies the log from its beginning, each entry by itself. */
  const apply = async (): Promise<readonly number[]> => {
    for (const entry of log) {
      state.applied = entry.index
      told.entry(entry, undefined)
      told.upTo(entry.index)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return taken
  }
  return { snapshotter, state, compacted, apply, clock }
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

void t.test('the more the objects hold, the longer the log may grow before a snapshot', async (t) => {
  const firstOf = async (state: number) => (await scene({ applied: 60, state }).apply())[0]
  t.equal(await firstOf(3_000), 10, 'ten entries, as of objects that hold little')
  t.equal(await firstOf(10_000), 25, 'a quarter of what they hold is two and a half times the limit')
  t.equal(await firstOf(1_000_000), 40, 'four times the limit at the most')
})

void t.test('bug: the sizes of thousands of entries were added up while nobody else was heard', async (t) => {
  const { snapshotter, compacted, clock } = scene({ applied: 9000, kept: 8000 })
  await snapshotter.take()
  t.same(compacted, [1000])
  t.ok(clock.most <= 1000, `${clock.most} at once`)
})
