/** A snapshot stands at an entry, and holds what the objects were there. */
import t from 'tap'
import { ms } from '../../lib/ports.js'
import { logIndex, term } from '../../lib/raft/types.js'
import type { SnapshotPosition } from '../../lib/raft/types.js'
import { Capture } from '../../lib/replica/capture.js'
import { Snapshotter } from '../../lib/replica/snapshotter.js'
import { ManualClock } from '../harness/manual-clock.js'
import { silent } from './members.js'
import { MemoryStore } from './memory-store.js'

void t.test('applied index and object state not saved as one (etcd 3.5)', async (t) => {
  const clock = new ManualClock()
  const store = new MemoryStore()
  let applied = 5
  const position = (): SnapshotPosition => ({
    index: logIndex(applied),
    term: term(1),
    configuration: { voters: [], learners: [], uris: {} },
    clusterId: undefined,
    incarnations: [],
  })
  const snapshotter = new Snapshotter({
    clock,
    logger: silent,
    store,
    limits: { entries: 1000, size: 1000, keptEntries: 10, keptSize: 1000 },
    capture: () =>
      new Capture({
        head: { applied },
        sources: [],
        clock,
        logger: silent,
        patience: ms(1000),
        released: () => undefined,
      }),
    position,
    entries: () => [],
    needed: () => undefined,
    compacted: () => undefined,
  })
  const taking = snapshotter.take()
  applied = 6
  const file = await taking
  t.equal(file.position.index, 5)
  t.equal(await file.chunk(0), '["head",{"applied":5}]', 'though entry 6 was applied before it was written')
})
