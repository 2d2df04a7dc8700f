import t from 'tap'
import { logIndex, term } from '../../lib/raft/types.js'
import type { Entry } from '../../lib/raft/types.js'
import { ApplyBacklog } from '../../lib/replica/apply-backlog.js'

/** A log whose entry at index n has n units. */
class Rig {
  committed = 0
  applied = 0
  reads = 0
  readonly backlog = new ApplyBacklog({
    committed: () => logIndex(this.committed),
    applied: () => logIndex(this.applied),
    entries: (from, to) => this.#entries(from, to),
  })

  #entries(from: number, to: number): readonly Entry[] {
    const entries = Array.from({ length: Math.max(to - from + 1, 0) }, (_, at) => entryAt(from + at))
    this.reads += entries.length
    return entries
  }

  apply(index: number): void {
    if (index <= this.backlog.counted) this.backlog.applying(entryAt(index))
    this.applied = index
  }
}

function entryAt(index: number): Entry {
  return { kind: 'command', index: logIndex(index), term: term(1), data: 'x'.repeat(index) }
}

void t.test('what is committed counts until it is applied, and each entry is looked at once', async (t) => {
  const rig = new Rig()
  t.equal(rig.backlog.size, 0)
  rig.committed = 4
  t.equal(rig.backlog.size, 1 + 2 + 3 + 4)
  rig.apply(1)
  rig.apply(2)
  rig.committed = 5
  t.equal(rig.backlog.size, 3 + 4 + 5)
  t.equal(rig.reads, 5)
  for (const index of [3, 4, 5]) rig.apply(index)
  t.equal(rig.backlog.size, 0)
})

void t.test('what was applied before anyone asked costs nothing', async (t) => {
  const rig = new Rig()
  rig.committed = 100
  for (let index = 1; index <= 98; index++) rig.apply(index)
  t.equal(rig.backlog.size, 99 + 100)
  t.equal(rig.reads, 2)
})

void t.test('what a snapshot covers is not waited for', async (t) => {
  const rig = new Rig()
  rig.committed = 6
  t.equal(rig.backlog.size, 21)
  rig.applied = 3
  rig.apply(4)
  t.equal(rig.backlog.size, 5 + 6)
  rig.applied = 6
  t.equal(rig.backlog.size, 0)
})
