import t from 'tap'
import { logIndex, term } from '../../../lib/raft/types.js'
import type { Entry } from '../../../lib/raft/types.js'
import { ApplyBacklog } from '../../../lib/replica/members/apply-backlog.js'
import { ToldApplied } from '../told-applied.js'

/** A log whose entry at index n has n units. */
class Rig {
  readonly view = { commitIndex: logIndex(0) }
  readonly applied = new ToldApplied()
  reads = 0
  readonly backlog = new ApplyBacklog({ raft: this, applied: this.applied })

  set committed(index: number) {
    this.view.commitIndex = logIndex(index)
  }

  entries(from: number, to: number): readonly Entry[] {
    const entries = Array.from({ length: Math.max(to - from + 1, 0) }, (_, at) => entryAt(from + at))
    this.reads += entries.length
    return entries
  }

  apply(index: number): void {
    this.applied.entry(entryAt(index), undefined)
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
  rig.applied.upTo(3)
  rig.apply(4)
  t.equal(rig.backlog.size, 5 + 6)
  rig.applied.upTo(6)
  t.equal(rig.backlog.size, 0)
})
